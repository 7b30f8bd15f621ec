import { randomBytes } from "node:crypto";
import type { IncomingMessage } from "node:http";
import type { Instant } from "../../call/id.ts";
import { isObject } from "../../call/json.ts";
import type { Principal } from "../../call/principal.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import { Refused } from "../refused.ts";
import type { Sealer } from "../sealer.ts";
import type { Codes } from "./codes.ts";
import { cookieIn, cookieWith } from "./cookies.ts";
import { formToken, isFormToken } from "./form-token.ts";
import type { Away, Provider } from "./oidc.ts";
import type { Sessions } from "./sessions.ts";

/** A browser at an address of the gate. */
export interface Visit {
  readonly request: IncomingMessage;
  /** What the browser calls the gate, without a slash at its end. */
  readonly base: string;
  /** The client's own address. */
  readonly address: string;
}

/** Where a browser goes on, and what it holds from then on (`Set-Cookie`). */
interface Onward {
  readonly to: string;
  readonly cookies: readonly string[];
}

/** Signing in with a browser. What is refused rejects with Refused, or Fault where nobody can say. */
export interface SignIn {
  readonly ways: { readonly provider: string | undefined; readonly codes: boolean };
  /** Who is signed in with this browser. */
  find(visit: Pick<Visit, "request" | "base">): Promise<Principal | undefined>;
  /** What a form must hold that is shown to this browser, and the cookie that goes with it, where it has none yet. */
  form(visit: Visit): { readonly token: string; readonly cookies: readonly string[] };
  /** Whether a form was shown to this browser. */
  isForm(visit: Visit, token: string | null): boolean;
  /** To the provider, and afterwards to `to`. */
  begin(visit: Visit, to: string): Promise<Onward>;
  /** Back from the provider. */
  finish(visit: Visit): Promise<Onward & { readonly principal: Principal }>;
  /** With an API key and a one-time password. */
  withCode(visit: Visit, key: string, code: string): Promise<Onward["cookies"]>;
  /** The cookies to take away. */
  end(visit: Visit): Promise<Onward["cookies"]>;
}

export interface SignInParts {
  readonly sessions: Sessions;
  readonly provider: Provider | undefined;
  /** The provider's host, for people. */
  readonly provider_name: string | undefined;
  readonly codes: Codes | undefined;
  /** Whose an API key is, and which. Rejects with Refused. */
  readonly holderOf: (key: string, address: string) => Promise<Principal>;
  /** Of what is under way at the provider. */
  readonly sealed: Sealer;
  readonly spend: Credentials["spend"];
  readonly lasts_ms: number;
  readonly now: () => Instant;
}

export const AWAY_PURPOSE = "sign-in under way";
/** How long people have to sign in at their provider. */
const AWAY_MS = 10 * 60_000;
const FORM_MS = 3_600_000;
const CALLBACK = "/signin/callback";

const isSecure = ({ base }: Pick<Visit, "base">): boolean => base.startsWith("https:");

/** What was sealed when a browser left. */
function awayIn(text: string): (Away & { readonly to: string; readonly until: Instant }) | undefined {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) return undefined;
  const { state, nonce, verifier, to, until } = value;
  for (const each of [state, nonce, verifier, to]) if (typeof each !== "string") return undefined;
  return typeof until === "number"
    ? ({ state, nonce, verifier, to, until } as ReturnType<typeof awayIn>)
    : undefined;
}

/** Session, or what a form's cookie holds: whoever has it is the browser that the form was shown to. */
const holding = (visit: Pick<Visit, "request" | "base">): string | undefined =>
  cookieIn(visit.request, "session", isSecure(visit)) ?? cookieIn(visit.request, "form", isSecure(visit));

/** The state of a sign-in is bound to the browser by a sealed cookie, so nobody can be signed in as somebody else unawares. */
function atProvider(parts: SignInParts, began: (visit: Visit, who: Principal) => Promise<string>) {
  const { provider, sealed, spend, now } = parts;
  const missing = (): Refused => new Refused("invalid_request", "no sign-in at a provider here");
  return {
    async begin(visit: Visit, to: string): Promise<Onward> {
      if (provider === undefined) throw missing();
      const { location, away } = await provider.begin(`${visit.base}${CALLBACK}`);
      const value = await sealed.seal(JSON.stringify({ ...away, to, until: now() + AWAY_MS }));
      return { to: location, cookies: [cookieWith("signin", isSecure(visit), { value, lasts_ms: AWAY_MS })] };
    },
    async finish(visit: Visit): Promise<Onward & { readonly principal: Principal }> {
      if (provider === undefined) throw missing();
      const secure = isSecure(visit);
      const text = await sealed.open(cookieIn(visit.request, "signin", secure) ?? "");
      const away = text === undefined ? undefined : awayIn(text);
      if (away === undefined || away.until <= now())
        throw new Refused("invalid_request", "this browser began no sign-in, or too long ago");
      if (!(await spend(`signin ${away.state}`, away.until, now())))
        throw new Refused("invalid_request", "this sign-in came back before");
      const came = new URL(`${visit.base}${visit.request.url ?? ""}`);
      const principal = await provider.finish(came, away);
      const cookies = [await began(visit, principal), cookieWith("signin", secure)];
      return { to: away.to, cookies, principal };
    },
  };
}

export function signIn(parts: SignInParts): SignIn {
  const { sessions, provider_name, codes, holderOf, lasts_ms, now } = parts;

  /** Whoever signs in gets a session of their own: nothing that was there before is carried over. */
  async function began(visit: Visit, principal: Principal, key_id?: string): Promise<string> {
    const before = cookieIn(visit.request, "session", isSecure(visit));
    if (before !== undefined) await sessions.end(before);
    const value = await sessions.begin(principal, key_id);
    return cookieWith("session", isSecure(visit), { value, lasts_ms });
  }

  return {
    ways: { provider: provider_name, codes: codes !== undefined },
    ...atProvider(parts, began),
    async find(visit) {
      const cookie = cookieIn(visit.request, "session", isSecure(visit));
      return cookie === undefined ? undefined : await sessions.find(cookie);
    },
    form(visit) {
      const known = holding(visit);
      if (known !== undefined) return { token: formToken(known), cookies: [] };
      const value = randomBytes(32).toString("base64url");
      const set = cookieWith("form", isSecure(visit), { value, lasts_ms: FORM_MS });
      return { token: formToken(value), cookies: [set] };
    },
    isForm: (visit, token) => isFormToken(token, holding(visit)),
    async withCode(visit, key, code) {
      if (codes === undefined) throw new Refused("invalid_request", "no one-time passwords here");
      const holder = await holderOf(key, visit.address);
      await codes.check(holder.tenant, holder.id, code);
      const { credential, ...own } = holder;
      const how = { amr: ["otp", "mfa"], auth_at: now() };
      return [
        await began(visit, { ...own, ...how, source: "session" }, credential),
        cookieWith("form", isSecure(visit)),
      ];
    },
    async end(visit) {
      const secure = isSecure(visit);
      const cookie = cookieIn(visit.request, "session", secure);
      if (cookie !== undefined) await sessions.end(cookie);
      return [cookieWith("session", secure), cookieWith("form", secure), cookieWith("signin", secure)];
    },
  };
}
