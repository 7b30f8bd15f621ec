import type { JsonObject } from "../call/json.ts";
import { isLoopback } from "../config/address.ts";
import { type Fetch, fetchObject, unavailable } from "./fetched.ts";

/** What an issuer says of itself. */
export interface Metadata {
  /** The address that a member names; throws Fault where it names none that may be used. */
  address(member: "jwks_uri" | "introspection_endpoint" | "token_endpoint"): string;
}

/** How long an issuer that could not be asked is left alone, and how long what it said holds. */
const AGAIN_MS = 5_000;
const HOLDS_MS = 3_600_000;

/** RFC 8414 §3.1 puts the well-known part before the path, OpenID Connect Discovery §4 behind it. */
function places(issuer: string): readonly string[] {
  const { origin, pathname } = new URL(issuer);
  const path = pathname.replace(/\/+$/, "");
  return [
    `${origin}/.well-known/oauth-authorization-server${path}`,
    `${origin}${path}/.well-known/openid-configuration`,
  ];
}

async function ask(fetch: Fetch, issuer: string): Promise<JsonObject> {
  const reasons: string[] = [];
  for (const place of places(issuer)) {
    try {
      const found = await fetchObject(fetch, place);
      // RFC 8414 §3.3: what names another issuer is not this one's.
      if (found["issuer"] === issuer) return found;
      reasons.push(`${place}: names another issuer`);
    } catch (error) {
      reasons.push(`${place}: ${error instanceof Error ? error.message : String(error)}`);
    }
  }
  throw unavailable(`no metadata of ${issuer}: ${reasons.join("; ")}`);
}

function addressIn(metadata: JsonObject, issuer: string, name: string): string {
  const text = metadata[name];
  const url = typeof text === "string" && URL.canParse(text) ? new URL(text) : undefined;
  const open =
    url?.protocol === "https:" ||
    (url?.protocol === "http:" && isLoopback(url.hostname.replace(/^\[|\]$/g, "")));
  if (typeof text === "string" && open) return text;
  throw unavailable(`the metadata of ${issuer} names no ${name} that may be used`);
}

/** Asks an issuer what it says of itself, once an hour. Rejects with Fault `identity-unavailable`. `now` is in ms. */
export function discovery(fetch: Fetch, issuer: string, now: () => number): () => Promise<Metadata> {
  let asked: { readonly at: number; readonly answer: Promise<JsonObject>; failed: boolean } | undefined;
  return async () => {
    const age = asked === undefined ? Infinity : now() - asked.at;
    if (asked === undefined || age > (asked.failed ? AGAIN_MS : HOLDS_MS)) {
      const asking = { at: now(), answer: ask(fetch, issuer), failed: false };
      asking.answer.catch(() => {
        asking.failed = true;
      });
      asked = asking;
    }
    const metadata = await asked.answer;
    return { address: (member) => addressIn(metadata, issuer, member) };
  };
}
