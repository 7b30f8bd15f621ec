import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../../call/fault.ts";
import type { Leg, Listener, WireHeaders } from "../../upstream/leg.ts";
import { fan } from "../addresses/fan.ts";
import { streamCall } from "../call.ts";
import { type Conversation, overLeg } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { inspected } from "./asides.ts";

/** How long a server's stream stays away: as the server says, or this, and twice as long each time it fails again. */
const FIRST_MS = 1000;
const MOST_MS = 60_000;
/** A stream that lasted so long did not fail because of how it was opened. */
const SETTLED_MS = 60_000;

/** Where a server's stream can be taken up again: with that leg, after that event. */
interface Place {
  leg: Leg | undefined;
  last: string | undefined;
  retry_ms: number;
}

/**
 * Every server's stream on one, for as long as the client listens: that of a server that ended, failed or was not there
 * is opened again. An event id says whose it is, so that resuming goes back to that server. Resolves where no server has
 * such a stream; ends otherwise by Fault `cancelled`.
 */
export async function listenToAll(
  gate: Gate,
  conversation: Conversation,
  headers: WireHeaders,
  listener: Listener,
  signal: AbortSignal,
): Promise<"unsupported"> {
  const { "last-event-id": last, ...fresh } = headers;
  await fan(gate, gate.servers.keys(), "stream", async (server) => {
    const mark = `${server}/`;
    const place: Place = {
      leg: undefined,
      last: typeof last === "string" && last.startsWith(mark) ? last.slice(mark.length) : undefined,
      retry_ms: FIRST_MS,
    };
    const tagged: Listener = (beat) => {
      if (beat.id !== undefined) place.last = beat.id;
      if (beat.retry_ms !== undefined) place.retry_ms = Math.min(Math.max(beat.retry_ms, 100), MOST_MS);
      return listener(beat.id === undefined ? beat : { ...beat, id: mark + beat.id });
    };
    const heard = inspected(gate, conversation, streamCall(gate, conversation, server), tagged);
    return listenOn(gate, conversation, server, place, fresh, heard, signal);
  });
  return "unsupported";
}

async function listenOn(
  gate: Gate,
  conversation: Conversation,
  server: string,
  place: Place,
  headers: WireHeaders,
  heard: Listener,
  signal: AbortSignal,
): Promise<"unsupported"> {
  for (let failed = 0; ; failed += 1) {
    const began = gate.ticks();
    try {
      const end = await overLeg(gate, conversation, server, (leg) => {
        // What another session of the server calls by that id is something else.
        if (place.leg !== undefined && place.leg !== leg) place.last = undefined;
        place.leg = leg;
        const resumed = place.last === undefined ? headers : { ...headers, "last-event-id": place.last };
        return leg.listen(resumed, heard, signal);
      });
      if (end === "unsupported") return end;
    } catch (error) {
      if (!(error instanceof Fault) || error.code === "cancelled") throw error;
      gate.log.warn({ server, fault: error.code, detail: error.detail }, "no stream of this server for now");
      // The client need not wait for it: the others are there.
      await heard({});
    }
    if (gate.ticks() - began > SETTLED_MS) failed = 0;
    await pause(Math.min(place.retry_ms * 2 ** Math.min(failed, 10), MOST_MS), signal);
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => {
    throw new Fault("cancelled", "The client listens no more.");
  });
}
