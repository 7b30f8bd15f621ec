import type { Found } from "../detect/detector.ts";
import type { Leaf } from "../detect/fields.ts";
import { OutboundError } from "../outbound/outbound.ts";
import type { Ask } from "./ask.ts";
import { Nonsense } from "./found.ts";

/** Failures in a row after which it is left alone, and for how long. */
const FAILURES = 5;
const REST_MS = 30_000;

/** Why it did not look, in words that quote nothing. */
function reasonOf(error: unknown, late: boolean): string {
  if (late) return "it took too long";
  if (error instanceof Nonsense) return error.message;
  if (error instanceof OutboundError) return `it could not be asked (${error.kind})`;
  return "it broke";
}

/** Asks within bounds. */
export interface Bounded {
  /** Rejects with an error whose message says why, and quotes nothing. */
  readonly ask: (texts: readonly Leaf[]) => Promise<readonly (readonly Found[])[]>;
  /** Whether it failed so often that it is left alone for a while. */
  readonly resting: () => boolean;
}

/** Bounds how long an answer may take, and leaves whoever fails five times in a row alone for half a minute. `ticks`: monotonic, ms. */
export function bounded(ask: Ask, timeout_ms: number, ticks: () => number): Bounded {
  let failures = 0;
  let until = 0;

  async function inTime(
    texts: readonly Leaf[],
    late: AbortController,
  ): Promise<readonly (readonly Found[])[]> {
    const began = ticks();
    const given = new Promise<never>((_, failed) => {
      late.signal.addEventListener("abort", () => failed(new Error("late")), { once: true });
    });
    const found = await Promise.race([ask(texts, late.signal), given]);
    // What runs in this process cannot be stopped; it is not believed either.
    if (ticks() - began > timeout_ms) late.abort();
    if (late.signal.aborted) throw new Error("late");
    if (found.length !== texts.length) throw new Nonsense("it did not speak of each text");
    return found;
  }

  return {
    resting: () => failures >= FAILURES && ticks() < until,
    async ask(texts) {
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), timeout_ms);
      try {
        const found = await inTime(texts, late);
        failures = 0;
        return found;
      } catch (error) {
        failures += 1;
        if (failures >= FAILURES) until = ticks() + REST_MS;
        throw new Error(reasonOf(error, late.signal.aborted), { cause: error });
      } finally {
        clearTimeout(timer);
      }
    },
  };
}
