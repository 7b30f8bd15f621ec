import { eachFeature, type Sink } from "./features.ts";
import { WEIGHTS } from "./weights.ts";
import { BUCKETS, FLOOR, STEP, WINDOW } from "./window.ts";

/** What the words of a window come to. `groups` has a bit for each group of the lexicon that stands in it. */
export interface Judged {
  readonly from: number;
  readonly until: number;
  /** Log odds before they are calibrated; higher is more like an instruction to a model. */
  readonly raw: number;
  readonly groups: number;
}

const bytes = Buffer.from(WEIGHTS.weights, "base64");
const WEIGHT = new Int8Array(bytes.buffer, bytes.byteOffset, BUCKETS);

/** Places for the last words: more than a window has, and a power of two. */
const SLOTS = 32;
const LAST = SLOTS - 1;

// One text is judged at a time, so the places are made once: making them costs more than judging a short text.
const sums = new Int32Array(SLOTS);
const counts = new Int32Array(SLOTS);
const groups = new Int32Array(SLOTS);
const froms = new Int32Array(SLOTS);

/** Remembers the last words of a text, sums so far for each, and judges a window at every step. */
function windows(
  least: number,
  take: (window: Judged) => void,
): { readonly sink: Sink; readonly end: () => void } {
  sums[0] = 0;
  counts[0] = 0;
  let sum = 0;
  let count = 0;
  let words = 0;
  let until = 0;
  const judge = (first: number): void => {
    const slot = first & LAST;
    const features = count - (counts[slot] ?? 0);
    const raw =
      WEIGHTS.bias + ((sum - (sums[slot] ?? 0)) * WEIGHTS.scale) / Math.sqrt(Math.max(FLOOR, features));
    if (raw < least) return;
    let seen = 0;
    for (let word = first; word < words; word++) seen |= groups[word & LAST] ?? 0;
    take({ from: froms[slot] ?? 0, until, raw, groups: seen });
  };
  const sink: Sink = {
    feature: (hash, times) => {
      sum += (WEIGHT[hash & (BUCKETS - 1)] ?? 0) * times;
      count += times;
    },
    word: (from, end, group) => {
      froms[words & LAST] = from;
      groups[words & LAST] = group === 0 ? 0 : 1 << group;
      words++;
      until = end;
      sums[words & LAST] = sum;
      counts[words & LAST] = count;
      if (words >= WINDOW && (words - WINDOW) % STEP === 0) judge(words - WINDOW);
    },
  };
  return {
    sink,
    end: () => {
      if (words > 0 && (words < WINDOW || (words - WINDOW) % STEP !== 0)) judge(Math.max(0, words - WINDOW));
    },
  };
}

/** Judges a text window by window, in order, and hands on those that come to `least` at least. Linear in the text. */
export function judgeEach(text: string, least: number, take: (window: Judged) => void): void {
  const { sink, end } = windows(least, take);
  eachFeature(text, sink);
  end();
}
