import type { IncomingMessage } from "node:http";
import type { JsonObject } from "../../call/json.ts";
import type { TokenEndpoint } from "../identity.ts";
import { tooMany } from "../proofs.ts";
import type { Grants } from "./grants.ts";
import { GrantRefused } from "./refused.ts";

/** What a gate knows of those who ask for tokens. */
interface Watching {
  /** The client's own address. Throws Fault where others could read what it sends. */
  readonly addressOf: (request: IncomingMessage) => string;
  /** Seconds that an address has to wait because it guessed too often, or undefined. */
  readonly wait: (address: string) => number | undefined;
  /** Notes a request that was refused. */
  readonly refused: (error: GrantRefused, request: IncomingMessage, address: string) => void;
}

/** The token endpoint, with an eye on who guesses. */
export function counter(grants: Grants, { addressOf, wait, refused }: Watching): TokenEndpoint {
  return {
    jwks: () => grants.jwks(),
    async token(request, form) {
      const address = addressOf(request);
      const wait_s = wait(address);
      if (wait_s !== undefined) throw tooMany(wait_s);
      const { authorization } = request.headers;
      try {
        return { kind: "granted", granted: await grants.grant({ authorization, form }) };
      } catch (error) {
        if (!(error instanceof GrantRefused)) throw error;
        refused(error, request, address);
        return { kind: "refused", error: error.code };
      }
    },
  };
}

/** The metadata of the gate as an authorization server, where a path asks for it (RFC 8414 §3.1). */
export function serverMetadata(grants: Grants | undefined, path: string): JsonObject | undefined {
  if (grants === undefined || !path.startsWith("/.well-known/oauth-authorization-server")) return undefined;
  const { pathname } = new URL(grants.issuer);
  const place = `/.well-known/oauth-authorization-server${pathname.replace(/\/+$/, "")}`;
  return path === place ? grants.metadata() : undefined;
}
