import { randomBytes } from "node:crypto";
import type { Instant } from "../../call/id.ts";
import type { Maker, Principal, TenantId } from "../../call/principal.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import type { Session, SignIns } from "../../store/people/sign-ins.ts";
import { unavailable } from "../fetched.ts";
import { bytesOf, digestOf, isKept } from "../key.ts";
import { makersOf } from "../makers.ts";

/** Who is signed in with which browser. */
export interface Sessions {
  /** Begins a session; gives what its cookie holds. `key_id`: the API key that they signed in with. */
  begin(principal: Principal, key_id?: string): Promise<string>;
  /** Who has this cookie; undefined where the session is over. Rejects with Fault `identity-unavailable`. */
  find(cookie: string): Promise<Principal | undefined>;
  /** Signs out whoever has this cookie. */
  end(cookie: string): Promise<void>;
}

export interface SessionParts {
  readonly signIns: SignIns;
  readonly credentials: Pick<Credentials, "get">;
  readonly idle_ms: number;
  readonly lasts_ms: number;
  readonly now: () => Instant;
}

/** `ses_` and 96 random bits, 256 random bits, whose tenant. */
const COOKIE = /^(ses_[A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]{43})\.([A-Za-z0-9][A-Za-z0-9._-]{0,63})$/;
const SEEN_MS = 60_000;
/** How long a session that is over is still listed. */
const LISTED_MS = 24 * 3_600_000;

type Facts = Pick<Principal, "roles" | "scopes" | "amr" | "acr" | "auth_at" | "reach" | "account">;

/** What a session's cookie says: which, of what tenant, and its secret. */
interface Held {
  readonly id: string;
  readonly secret: string;
  readonly tenant: TenantId;
}

function held(cookie: string): Held | undefined {
  const [, id, secret, tenant] = COOKIE.exec(cookie) ?? [];
  return id === undefined || secret === undefined || tenant === undefined
    ? undefined
    : { id, secret, tenant };
}

/** Whether a session is over: ended, unused for too long, or too old. */
export function isOver({ ended_at, ends_at, seen_at, idle_ms }: Session, at: Instant): boolean {
  return ended_at !== null || ends_at <= at || seen_at + idle_ms <= at;
}

/** A new session, and what its cookie holds. */
function made(
  { id: principal, tenant, roles, scopes, amr, acr, auth_at, reach, account }: Principal,
  key_id: string,
  { idle_ms, lasts_ms, now }: SessionParts,
): { readonly session: Session; readonly cookie: string } {
  const [id, secret] = [
    `ses_${randomBytes(12).toString("base64url")}`,
    randomBytes(32).toString("base64url"),
  ];
  const at = now();
  const facts: Facts = {
    roles,
    scopes,
    ...(amr !== undefined && { amr }),
    ...(acr !== undefined && { acr }),
    ...(auth_at !== undefined && { auth_at }),
    ...(reach !== undefined && { reach }),
    ...(account !== undefined && { account }),
  };
  const session = {
    tenant,
    id,
    digest: digestOf(secret),
    principal,
    facts: JSON.stringify(facts),
    key_id,
    made_at: at,
    seen_at: at,
    idle_ms,
    ends_at: at + lasts_ms,
    ended_at: null,
    ended_by: null,
  };
  return { session, cookie: `${id}.${secret}.${tenant}` };
}

/** Sessions in the store. Each is looked up with each request, so that one that is taken back is over at once, everywhere. */
export function sessions(parts: SessionParts): Sessions {
  const { signIns, credentials, now } = parts;
  /** Who made the key behind a session; undefined where that was taken back. */
  async function behind({ key_id }: Session, at: Instant): Promise<readonly Maker[] | undefined> {
    if (key_id === "") return [];
    const key = await credentials.get(key_id);
    if (key === undefined || key.revoked_at !== null || key.expires_at <= at) return undefined;
    return await makersOf(key, credentials);
  }

  async function found(of: Held): Promise<(Session & { readonly made_by: readonly Maker[] }) | undefined> {
    const at = now();
    const session = await signIns.session(of.tenant, of.id);
    if (session === undefined || !isKept(of.secret, bytesOf(session.digest)) || isOver(session, at))
      return undefined;
    const made_by = await behind(session, at);
    if (made_by === undefined) return undefined;
    if (at - session.seen_at >= Math.min(SEEN_MS, session.idle_ms / 2))
      await signIns.seen(of.tenant, of.id, at);
    return { ...session, made_by };
  }

  return {
    async begin(principal, key_id = "") {
      const { session, cookie } = made(principal, key_id, parts);
      await signIns.begin(session, session.made_at - LISTED_MS);
      return cookie;
    },
    async find(cookie) {
      const of = held(cookie);
      if (of === undefined) return undefined;
      const session = await found(of).catch((error: unknown) => {
        throw unavailable("the sessions of the store", error);
      });
      if (session === undefined) return undefined;
      const { principal: id, tenant, ends_at, facts, made_by } = session;
      return {
        id,
        tenant,
        ...(JSON.parse(facts) as Facts),
        source: "session",
        credential: session.id,
        expires: ends_at,
        ...(made_by.length > 0 && { made_by }),
      };
    },
    async end(cookie) {
      const of = held(cookie);
      if (of === undefined) return;
      const session = await signIns.session(of.tenant, of.id);
      if (session !== undefined && isKept(of.secret, bytesOf(session.digest)))
        await signIns.end(of.tenant, of.id, now(), session.principal);
    },
  };
}
