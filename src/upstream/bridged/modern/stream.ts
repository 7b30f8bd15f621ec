import { setTimeout as delay } from "node:timers/promises";
import { wordsOf } from "../../failure.ts";
import { heardBy } from "./route.ts";
import type { Session } from "./session.ts";

/** How long the stream of a session may take to open before it is taken for open: some servers say so with the first event. */
const OPENING_MS = 1000;
const AGAIN_MS = 1000;

/**
 * Keeps the session's own stream open while the session lives. Resolves with whether the server has one. Where the
 * session turns out to be over, everybody who follows it hears so.
 */
export function listening(session: Session): Promise<boolean> {
  const { leg, over, log } = session;
  const hear = heardBy(session, undefined);
  return new Promise((resolve) => {
    const late = setTimeout(() => resolve(true), OPENING_MS).unref();
    const settle = (has: boolean): void => {
      clearTimeout(late);
      resolve(has);
    };
    const go = async (): Promise<void> => {
      while (leg.alive) {
        const how = await leg.listen(
          {},
          (beat) => {
            settle(true);
            return hear(beat);
          },
          over.signal,
        );
        if (how === "unsupported" || !leg.alive) return;
        await delay(AGAIN_MS, undefined, { ref: false, signal: over.signal });
      }
    };
    go()
      .catch((error: unknown) =>
        log.debug({ server: leg.server, why: wordsOf(error) }, "the stream of a session ended"),
      )
      .finally(() => {
        settle(false);
        if (!leg.alive) over.abort();
      });
  });
}
