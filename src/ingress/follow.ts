import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../call/fault.ts";
import type { Conversation } from "../gateway/conversation.ts";
import type { Gate } from "../gateway/gate.ts";
import type { Listener } from "../upstream/leg.ts";

/** How long a server whose stream ended is left alone, and twice as long each time that it ends at once. */
const FIRST_MS = 1000;
const MOST_MS = 60_000;
/** A stream that lasted so long did not end because of how it was opened. */
const SETTLED_MS = 60_000;

/**
 * What servers say outside any request, for a client that cannot ask for it again (a pipe, HTTP+SSE): a stream that
 * ended is opened again, until the conversation is over or the server turns out to have none. Never rejects.
 */
export async function follow(gate: Gate, conversation: Conversation, listener: Listener): Promise<void> {
  const { signal } = conversation.over;
  let wait_ms = FIRST_MS;
  while (!signal.aborted) {
    const began = gate.ticks();
    try {
      if ((await conversation.address.listen(conversation, {}, listener, signal)) === "unsupported") return;
    } catch (error) {
      if (!(error instanceof Fault)) gate.log.error({ err: error }, "listening failed");
      else if (error.code !== "cancelled")
        gate.log.warn({ fault: error.code, detail: error.detail }, error.message);
    }
    if (gate.ticks() - began > SETTLED_MS) wait_ms = FIRST_MS;
    // The wait is broken off where the conversation ends.
    await delay(wait_ms, undefined, { signal, ref: false }).catch(() => undefined);
    wait_ms = Math.min(2 * wait_ms, MOST_MS);
  }
}
