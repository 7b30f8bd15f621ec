import { setTimeout as delay } from "node:timers/promises";
import { Fault } from "../../../call/fault.ts";
import { wordsOf } from "../../failure.ts";
import type { WireHeaders } from "../../leg.ts";
import { heardBy } from "./route.ts";
import type { Session } from "./session.ts";

/** How long the stream of a session may take to open before it is taken for open: some servers say so with the first event. */
const OPENING_MS = 1000;
/** Between the end of a stream and the next; doubled where it ends at once again and again. */
const AGAIN_MS = 1000;
const AGAIN_MOST_MS = 60_000;

/**
 * Keeps the session's own stream open while the session lives, and goes on where the last one ended. Resolves with
 * whether the server has one. Where the session turns out to be over, everybody who follows it hears so.
 */
export function listening(session: Session): Promise<boolean> {
  const { leg, over, log } = session;
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(true), OPENING_MS).unref();
    const settle = (has: boolean): void => {
      clearTimeout(late);
      resolve(has);
    };
    keepOpen(session, () => settle(true))
      .catch((error: unknown) => {
        if (!over.signal.aborted)
          log.debug({ server: leg.server, why: wordsOf(error) }, "no stream of a session");
      })
      .finally(() => {
        settle(false);
        if (!leg.alive) over.abort();
      });
  });
}

/** Resolves when the session, or its stream, is over for good. */
async function keepOpen(session: Session, opened: () => void): Promise<void> {
  const { leg, over } = session;
  const hear = heardBy(session, undefined);
  let last: string | undefined;
  let wait_ms = AGAIN_MS;
  let has = false;
  while (leg.alive) {
    const since = performance.now();
    const headers: WireHeaders = last === undefined ? {} : { "last-event-id": last };
    try {
      const how = await leg.listen(
        headers,
        (beat) => {
          has = true;
          if (beat.id !== undefined) last = beat.id;
          opened();
          return hear(beat);
        },
        over.signal,
      );
      if (how === "unsupported") return;
    } catch (error) {
      // A server that had a stream may have one again, if not from there.
      if (!has || !(error instanceof Fault) || over.signal.aborted) throw error;
      last = undefined;
    }
    if (!leg.alive) return;
    await delay(wait_ms, undefined, { ref: false, signal: over.signal });
    wait_ms = performance.now() - since > AGAIN_MOST_MS ? AGAIN_MS : Math.min(2 * wait_ms, AGAIN_MOST_MS);
  }
}
