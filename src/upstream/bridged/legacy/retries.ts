import type { Log } from "../../../telemetry/log.ts";

/** Doubled with each failure, up to the most. */
const FIRST_MS = 500;
const MOST_MS = 30_000;
const FAILURES_MOST = 8;
/** What worked so long did not fail because of how it was begun. */
const SETTLED_MS = 30_000;

/** Tries again what failed, later each time, and not for ever. */
export interface Retries {
  failed(why: string): void;
  /** What was begun at this monotonic time, and then failed, had worked. */
  began(at_ms: number): void;
  close(): void;
}

/** `again` reports its own failure by `failed`; `givenUp` hears of the last one, after which counting starts anew. */
export function retries(server: string, log: Log, again: () => void, givenUp: () => void): Retries {
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  return {
    failed(why) {
      if (closed || timer !== undefined) return;
      if (failures >= FAILURES_MOST) {
        log.warn({ server, why, tries: failures }, "changes are not heard of any more");
        failures = 0;
        return givenUp();
      }
      const wait_ms = Math.min(MOST_MS, FIRST_MS * 2 ** failures);
      failures += 1;
      log.info({ server, why, wait_ms }, "subscription is opened again");
      timer = setTimeout(() => {
        timer = undefined;
        again();
      }, wait_ms).unref();
    },
    began(at_ms) {
      if (performance.now() - at_ms > SETTLED_MS) failures = 0;
    },
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
