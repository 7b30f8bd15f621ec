import { eachFeature, eachOwn, type Sink } from "./features.ts";
import { MET } from "./tokens.ts";
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

/** What words that were met come to by themselves, and how many features that is; for which taking of their place it was worked out. */
const ownSums = new Int32Array(MET);
const ownCounts = new Int32Array(MET);
const ownTaken = new Int32Array(MET);

// Of the text that is being judged: what all features so far come to, and how many they are.
let sum = 0;
let count = 0;
let words = 0;
let until = 0;
let least = 0;
let reached: Judged[] | undefined;

function judge(first: number): void {
  const slot = first & LAST;
  const features = count - (counts[slot] ?? 0);
  const raw =
    WEIGHTS.bias + ((sum - (sums[slot] ?? 0)) * WEIGHTS.scale) / Math.sqrt(Math.max(FLOOR, features));
  if (raw < least) return;
  let seen = 0;
  for (let word = first; word < words; word++) seen |= groups[word & LAST] ?? 0;
  (reached ??= []).push({ from: froms[slot] ?? 0, until, raw, groups: seen });
}

function feature(hash: number, times: number): void {
  sum += (WEIGHT[hash & (BUCKETS - 1)] ?? 0) * times;
  count += times;
}

/** One for all texts, so that the engine knows what is called with each feature: see `Sink`. */
const SINK: Sink = {
  feature,
  own(token) {
    const { slot, taken } = token;
    if (ownTaken[slot] === taken) {
      sum += ownSums[slot] ?? 0;
      count += ownCounts[slot] ?? 0;
      return;
    }
    const [before, countBefore] = [sum, count];
    eachOwn(token, SINK);
    ownSums[slot] = sum - before;
    ownCounts[slot] = count - countBefore;
    ownTaken[slot] = taken;
  },
  word(from, end, group) {
    froms[words & LAST] = from;
    groups[words & LAST] = group === 0 ? 0 : 1 << group;
    words++;
    until = end;
    sums[words & LAST] = sum;
    counts[words & LAST] = count;
    if (words >= WINDOW && (words - WINDOW) % STEP === 0) judge(words - WINDOW);
  },
};

const NONE: readonly Judged[] = [];

/** The windows of a text that come to `from` at least, in order: of nearly all texts none. Linear in the text. */
export function windowsIn(text: string, from: number): readonly Judged[] {
  sums[0] = 0;
  counts[0] = 0;
  sum = 0;
  count = 0;
  words = 0;
  until = 0;
  least = from;
  reached = undefined;
  eachFeature(text, SINK);
  if (words > 0 && (words < WINDOW || (words - WINDOW) % STEP !== 0)) judge(Math.max(0, words - WINDOW));
  return reached ?? NONE;
}
