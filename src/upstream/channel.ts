import type { Fault } from "../call/fault.ts";
import type { Frame } from "../wire/frame.ts";
import type { Line } from "../wire/lines.ts";
import type { WireHeaders } from "./leg.ts";

/** What carries the messages of one conversation, both ways: the pipes of a process, a stream and its POSTs, a socket. */
export interface Channel {
  /** Sends one message; a promise where the server is slow to take it. Rejects with a Fault where it was not taken. */
  send(frame: Frame, headers: WireHeaders): void | Promise<void>;
  /** Stop and start hearing the server. Nothing is heard before the first `resume`. */
  pause(): void;
  resume(): void;
  /** Something wrong that the server said, for the log. */
  note(line: string): void;
  /** Ends it. Never rejects. */
  end(): Promise<void>;
}

/** What a channel tells the leg that stands on it. */
export interface Ear {
  /** False once the leg is over: what ends now was asked to. */
  readonly alive: () => boolean;
  readonly heard: (messages: readonly Line[]) => void;
  /** Once, after the last message. `why` is what those who still wait are told, where that is not `upstream-gone`. */
  readonly gone: (how: string, why?: Fault) => void;
}
