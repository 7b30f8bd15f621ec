import type { Era } from "../call/call.ts";
import type { Instant } from "../call/id.ts";
import type { Finding } from "./probe.ts";

/** A stale "legacy" would work for ever and nobody would notice, so every verdict ends. */
const CERTAIN_MS = 60 * 60_000;
const GUESSED_MS = 60_000;

/** Which era a server speaks: asked once, kept with its date, asked again when it is old or the server failed. */
export interface EraVerdict {
  readonly get: () => Promise<Era>;
  /** The last verdict, however old. */
  readonly known: { readonly era: Era; readonly since: Date } | undefined;
  /** The server may have been replaced. */
  doubt(): void;
}

/** `ask` is never under way twice at once. `now` is the wall clock: set back, it makes a verdict doubtful, never older. */
export function eraVerdict(ask: () => Promise<Finding>, now: () => Instant): EraVerdict {
  let known: { readonly era: Era; readonly at: Instant; readonly until: Instant } | undefined;
  let asking: Promise<Era> | undefined;
  let doubtful = false;

  const find = async (): Promise<Era> => {
    doubtful = false;
    const { era, certain } = await ask();
    const at = now();
    known = { era, at, until: at + (certain ? CERTAIN_MS : GUESSED_MS) };
    return era;
  };
  return {
    get known() {
      return known === undefined ? undefined : { era: known.era, since: new Date(known.at) };
    },
    get() {
      const at = now();
      if (known !== undefined && !doubtful && at >= known.at && at < known.until)
        return Promise.resolve(known.era);
      asking ??= find().finally(() => {
        asking = undefined;
      });
      return asking;
    },
    doubt() {
      doubtful = true;
    },
  };
}
