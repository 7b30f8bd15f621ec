import type { IncomingMessage, ServerResponse } from "node:http";
import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { Listener } from "../config/config.ts";
import type { Identity } from "../identity/identity.ts";
import type { Presence } from "./presence.ts";

/** So often it is found out anew who asks, where keys or people change meanwhile. */
const TRIES = 3;

interface Asked {
  readonly identity: Pick<Identity, "identify" | "seen" | "holds">;
  readonly presence: Pick<Presence, "note">;
  readonly at: Listener;
}

/**
 * Who asks. What is open for them is noted, so that it ends when their credential is taken back; what was taken back while that
 * was found out is not let in.
 */
export async function whoAsks(
  { identity, presence, at }: Asked,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<Principal> {
  // A proof is good once.
  const tries = request.headers["dpop"] === undefined ? TRIES : 1;
  for (let each = 0; each < tries; each += 1) {
    const seen = identity.seen();
    const found = identity.identify(request, at);
    const principal = found instanceof Promise ? await found : found;
    presence.note(principal, response);
    if (!(found instanceof Promise) || identity.holds(principal, seen)) return principal;
  }
  throw new Fault(
    "identity-unavailable",
    "Who may come in changed while it was found out who asks. Ask again.",
  );
}
