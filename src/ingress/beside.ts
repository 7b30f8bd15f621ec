import type { IncomingMessage, ServerResponse } from "node:http";
import type { Principal } from "../call/principal.ts";

/** What a listener knows of a request that it hands over. */
export interface Arrival {
  /** The gate takes nothing new. */
  readonly draining: boolean;
  /** Who sends it, as everywhere behind that listener. Throws or rejects with Fault where that is not known. */
  readonly identify: () => Principal | Promise<Principal>;
}

/** Answers requests that are no MCP, on the gate's own listeners; checks origin and size itself. */
export type Beside = (request: IncomingMessage, response: ServerResponse, arrival: Arrival) => Promise<void>;
