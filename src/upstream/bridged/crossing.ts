import type { Instant } from "../../call/id.ts";
import type { Log } from "../../telemetry/log.ts";
import type { Leg } from "../leg.ts";

/** What a leg between two eras is made of: towards the gate it speaks the client's, towards the server the server's. */
export interface Crossing {
  readonly server: string;
  /** The client's conversation: its session, or its principal. */
  readonly key: string;
  /** A leg of the server's own era; the same `part` of the conversation gives the same one while it lives. */
  readonly open: (part: string) => Promise<Leg>;
  /** The server does not speak the era it was taken to speak: it is to be asked again. */
  readonly mistaken: () => void;
  /** How long a server may be silent before a request is given up. */
  readonly timeout_ms: number;
  readonly log: Log;
  /** Wall clock, ms; only dates come from it. */
  readonly now: () => Instant;
}
