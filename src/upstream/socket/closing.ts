import { Fault } from "../../call/fault.ts";
import { garbled } from "../failure.ts";

/** Close codes by which a server says that it will not talk with the gate (IANA registry: policy, unauthorised, forbidden). */
const REFUSING: ReadonlySet<number> = new Set([1008, 3000, 3003]);
/** The code that nobody sent: the connection broke. */
const BROKEN = 1006;

/** How a socket closed, and what those who still wait are told, where that is not `upstream-gone`. */
export interface Closing {
  readonly how: string;
  readonly why: Fault | undefined;
}

/** `error` is what the library found wrong before it closed; `reason` the server's own words, at most 123 bytes. */
export function closingOf(server: string, code: number, reason: Buffer, error: Error | undefined): Closing {
  // The library names what breaks the protocol or a bound WS_ERR_….
  if (error !== undefined && "code" in error && String(error.code).startsWith("WS_ERR_")) {
    return { how: `broke its socket: ${error.message}`, why: garbled(server, error.message, error) };
  }
  const words = reason.toString("latin1").replaceAll(/[^\u0020-\u007e]/g, " ");
  const how =
    code === BROKEN
      ? `its connection broke${error === undefined ? "" : `: ${error.message}`}`
      : `closed its socket (${code}${words === "" ? "" : ` ${words}`})`;
  if (!REFUSING.has(code)) return { how, why: undefined };
  const message = `The server ${server} refused to go on (WebSocket close code ${code}). Whether the call ran is not known: check before you repeat it.`;
  return { how, why: new Fault("upstream-refused", message, { detail: how }) };
}
