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

/** Remembers the last words of a text, sums so far for each, and judges a window at every step. */
function windows(take: (window: Judged) => void): { readonly sink: Sink; readonly end: () => void } {
  const slots = WINDOW + 1;
  const sums = new Int32Array(slots);
  const counts = new Int32Array(slots);
  const groups = new Int32Array(slots);
  const froms = new Int32Array(slots);
  let sum = 0;
  let count = 0;
  let words = 0;
  let until = 0;
  const judge = (first: number): void => {
    const slot = first % slots;
    const features = count - (counts[slot] ?? 0);
    let seen = 0;
    for (let word = first; word < words; word++) seen |= groups[word % slots] ?? 0;
    const raw =
      WEIGHTS.bias + ((sum - (sums[slot] ?? 0)) * WEIGHTS.scale) / Math.sqrt(Math.max(FLOOR, features));
    take({ from: froms[slot] ?? 0, until, raw, groups: seen });
  };
  const sink: Sink = {
    feature: (hash, times) => {
      sum += (WEIGHT[hash & (BUCKETS - 1)] ?? 0) * times;
      count += times;
    },
    word: (from, end, group) => {
      froms[words % slots] = from;
      groups[words % slots] = group === 0 ? 0 : 1 << group;
      words++;
      until = end;
      sums[words % slots] = sum;
      counts[words % slots] = count;
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

/** Judges a text window by window, in order. Linear in the text. */
export function judgeEach(text: string, take: (window: Judged) => void): void {
  const { sink, end } = windows(take);
  eachFeature(text, sink);
  end();
}
