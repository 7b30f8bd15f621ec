import { Fault } from "../call/fault.ts";
import { decode } from "../wire/frame.ts";
import type { SseEvent } from "../wire/sse.ts";
import { ANSWER_BOUNDS, garbled, gone, unreachable, wordsOf } from "./failure.ts";
import type { Beat } from "./leg.ts";

/** An event as its listener hears it; undefined where there is nothing to hear. Throws where its data is no message. */
export function beatOf({ id, event, data, retry_ms, comment }: SseEvent): Beat | undefined {
  const isMessage = data !== undefined && data.length > 0 && (event === undefined || event === "message");
  if (!isMessage && id === undefined && retry_ms === undefined && comment === undefined) return undefined;
  return {
    ...(isMessage && { frame: decode(data, ANSWER_BOUNDS) }),
    ...(id !== undefined && { id }),
    ...(retry_ms !== undefined && { retry_ms }),
    ...(comment !== undefined && { comment }),
  };
}

/** What went wrong with a connection, in the words of a leg. `sent`: whether the request had left. */
export function brokenBy(server: string, error: Error, sent: boolean): Fault {
  if (error instanceof Fault || error instanceof RangeError) return garbled(server, wordsOf(error), error);
  const detail = "code" in error ? `${String(error.code)}: ${error.message}` : error.message;
  return sent ? gone(server, detail, error) : unreachable(server, detail, error);
}
