import { parentPort } from "node:worker_threads";
import type { Guarding } from "../call/guard.ts";
import type { Leaf } from "../detect/fields.ts";
import { type Guards, guardsOf } from "../detect/guarding.ts";
import { type Inspected, lookThrough } from "../detect/inspection.ts";

/** What the thread is asked to look at. */
export interface Errand {
  readonly guarding: Guarding;
  /** Guards that run because a policy masks what they find. */
  readonly also: readonly string[];
  readonly texts: readonly Leaf[];
}

export type Found = Inspected;

const made = new Map<string, Guards>();

/** One errand at a time; the answer is what was found. */
parentPort?.on("message", ({ guarding, also, texts }: Errand) => {
  const key = JSON.stringify([guarding, also]);
  const guards = made.get(key) ?? guardsOf(guarding, new Set(also));
  made.set(key, guards);
  parentPort?.postMessage(lookThrough(texts, guards.detectors, () => performance.now()));
});
