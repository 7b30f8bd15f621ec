// `make policy-soak`: at least a million generated calls, judged by the gate's policy and by the naive evaluator.
// PORTCULLIS_SOAK_SEED repeats a run, PORTCULLIS_SOAK_CALLS changes its length.
import fc from "fast-check";
import { agreement, type Tally } from "./compare.ts";

const POLICIES_AT_ONCE = 1000;

function whole(name: string, otherwise: number): number {
  const text = process.env[name] ?? "";
  if (text === "") return otherwise;
  const value = Number(text);
  if (Number.isSafeInteger(value) && value > 0) return value;
  throw new RangeError(`${name} is a whole number above 0, not "${text}"`);
}

const wanted = whole("PORTCULLIS_SOAK_CALLS", 1_000_000);
const seed = whole("PORTCULLIS_SOAK_SEED", Date.now() % 2 ** 31);
const tally: Tally = { compared: 0, verdicts: new Map() };
console.error(`seed ${seed}`);
for (let round = 0; tally.compared < wanted; round++) {
  fc.assert(agreement(tally), { seed: seed + round, numRuns: POLICIES_AT_ONCE });
  const seconds = performance.now() / 1000;
  console.error(`${seconds.toFixed(0).padStart(5)} s  ${tally.compared} of ${wanted} calls agree`);
}
console.log(`${tally.compared} calls judged twice, no difference (seed ${seed})`);
for (const [shape, times] of [...tally.verdicts].toSorted(([, a], [, b]) => b - a))
  console.log(`${String(times).padStart(9)}  ${shape}`);
