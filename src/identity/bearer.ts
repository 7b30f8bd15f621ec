import type { Principal } from "../call/principal.ts";

/** Tokens, for as long as somebody holds what stands for them. Beside the principal, so that none is ever written down. */
const TOKENS = new WeakMap<object, string>();

/** What stands for an access token that was verified. */
export function bearing(token: string): object {
  const bearer = Object.freeze({});
  TOKENS.set(bearer, token);
  return bearer;
}

/** The access token that somebody signed in with; undefined where it was another credential, or nobody needs it. */
export function tokenOf({ bearer }: Principal): string | undefined {
  return bearer && TOKENS.get(bearer);
}
