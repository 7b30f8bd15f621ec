import type { Credentials } from "../store/people/credentials.ts";
import type { Log } from "../telemetry/log.ts";
import { watch } from "./watch.ts";

/** What the store has changed of who may come in: keys, users, service accounts. Seen within half a second, at every gate. */
export interface Changes {
  /** Whether what was read since the last change is still of now. */
  isFresh(): boolean;
  /** How many changes were seen; −1 before the first look. What was read while this grew may be of before. */
  seen(): number;
  /** Has that done at each look; `changed` says whether something did since the last one. */
  each(work: (changed: boolean) => Promise<void>): void;
  close(): Promise<void>;
}

export interface ChangesParts {
  readonly credentials: Pick<Credentials, "changes">;
  /** Monotonic ms: a clock that is put back makes nothing fresh. */
  readonly ticks: () => number;
  readonly log: Log;
}

const LOOK_MS = 400;
/** Without a look at the store for so long, nothing that was found before counts. */
const STALE_MS = 3_000;

export function changesOf({ credentials, ticks, log }: ChangesParts): Changes {
  const works: ((changed: boolean) => Promise<void>)[] = [];
  let seen_ms = -Infinity;
  let changes = -1;
  let trouble = false;

  async function look(): Promise<void> {
    try {
      const latest = await credentials.changes();
      const changed = latest !== changes;
      changes = latest;
      // What each forgets it forgets at once, before any of them waits for the store.
      await Promise.all(works.map((work) => work(changed)));
      seen_ms = ticks();
      if (trouble) log.info("keys and users: the store can be asked again");
      trouble = false;
    } catch (error) {
      // Said once, and not twice a second.
      if (!trouble)
        log.warn({ err: error }, "keys and users: the store cannot be asked which are taken back");
      trouble = true;
    }
  }

  const looking = watch(LOOK_MS, look);
  return {
    isFresh: () => ticks() - seen_ms < STALE_MS,
    seen: () => changes,
    each: (work) => void works.push(work),
    close: () => looking.stop(),
  };
}
