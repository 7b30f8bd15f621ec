import type { IncomingMessage } from "node:http";
import type { JsonObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Listener } from "../config/config.ts";
import type { Granted } from "./grants/grants.ts";
import type { GrantError } from "./grants/refused.ts";
import type { SignIn, Visit } from "./browser/sign-in.ts";
import { ANONYMOUS } from "./local.ts";

/** Where people sign in with a browser. */
export interface Entrance extends SignIn {
  /** A browser at a listener. Throws Fault where others could read what it sends. */
  visit(request: IncomingMessage, at: Listener): Visit;
  /** Tries a sign-in; one that is refused is noted and worded as any credential that is, and who guesses is held up. */
  attempt<T>(visit: Visit, work: () => Promise<T>): Promise<T>;
}

/** The gate as an authorization server for its own addresses. */
export interface TokenEndpoint {
  jwks(): Promise<object>;
  /** Answers a request for a token. Throws or rejects with Fault where nobody can say, or guesses are held up. */
  token(
    request: IncomingMessage,
    form: URLSearchParams,
  ): Promise<
    | { readonly kind: "granted"; readonly granted: Granted }
    | { readonly kind: "refused"; readonly error: GrantError }
  >;
}

/** What another token would have to show. */
interface Wanted {
  readonly scopes?: readonly string[];
  readonly acr_values?: readonly string[];
  readonly max_age_s?: number;
}

/** Who sends requests, and what those are told who do not show it. */
export interface Identity {
  /**
   * Who asks. Throws or rejects with Fault: `unauthenticated` and `credential-misused` bring the challenge as fields,
   * `too-many` where an address failed too often, `identity-unavailable` where nobody can say.
   */
  identify(request: IncomingMessage, at: Listener): Principal | Promise<Principal>;
  /** The metadata of a resource (RFC 9728), where the request asks for it and there is any. */
  metadata(request: IncomingMessage, at: Listener): JsonObject | undefined;
  /**
   * Fields for who needs another token: with all of these scopes, in one challenge (RFC 6750 §3.1, MCP authorization), or
   * one whose user signed in like this (RFC 9470 §3).
   */
  stepUp(request: IncomingMessage, at: Listener, wanted: Wanted): Readonly<Record<string, string>>;
  /** Signing in with a browser; undefined where nobody can. */
  readonly browser?: Entrance | undefined;
  /** Tokens of the gate's own; undefined where it gives none. */
  readonly tokens?: TokenEndpoint | undefined;
  /** Whether nobody is let in without a credential. */
  readonly required: boolean;
  /** How many changes of who may come in were seen here. */
  seen(): number;
  /** Whether none was seen since then that may be of somebody: what was read of them in between may be of before. */
  holds(principal: Principal, seen: number): boolean;
  /** Tells of credentials among `open` that are no longer good, within a second. */
  follow(open: () => Iterable<string>, end: (credential: string) => void): void;
  close(): Promise<void>;
}

/** `auth: none`, which configuration allows on loopback only: whoever reaches the address. */
export const NOBODY_ASKED: Identity = Object.freeze({
  identify: () => ANONYMOUS,
  metadata: () => undefined,
  stepUp: () => ({}),
  required: false,
  seen: () => 0,
  holds: () => true,
  follow: () => undefined,
  close: () => Promise.resolve(),
});
