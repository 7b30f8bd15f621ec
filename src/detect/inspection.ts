import type { Detector, Found } from "./detector.ts";
import type { Leaf } from "./fields.ts";
import { views } from "./views/views.ts";

/** A finding in one of the texts that were looked at. */
export interface Sighting {
  readonly found: Found;
  /** Which text. */
  readonly leaf: number;
}

/** What came of looking at some texts. A guard stands in `us` only if it looked at every one of them. */
export interface Inspected {
  readonly sightings: readonly Sighting[];
  /** How long each guard that ran took, µs. */
  readonly us: Readonly<Record<string, number>>;
  /** Guards that threw, or did not look for a reason that `lacks` tells. */
  readonly broke: readonly string[];
  readonly lacks?: Readonly<Record<string, string>>;
  /** How much was found by guards that only observe. */
  readonly observed?: Readonly<Record<string, number>>;
  /** Texts that were not looked at to their end: a bound was met. */
  readonly cut: readonly number[];
}

/** What comes of no text, which is what most messages are left with once the texts that are known are gone. */
const idle = new WeakMap<readonly Detector[], Inspected>();

function idleOf(detectors: readonly Detector[]): Inspected {
  const before = idle.get(detectors);
  if (before !== undefined) return before;
  const us = Object.fromEntries(detectors.map(({ name }) => [name, 0]));
  const made: Inspected = Object.freeze({ sightings: [], us: Object.freeze(us), broke: [], cut: [] });
  idle.set(detectors, made);
  return made;
}

/** Looks at texts with every detector. `now` gives milliseconds with a fraction. Never throws. */
export function lookThrough(
  texts: readonly Leaf[],
  detectors: readonly Detector[],
  now: () => number,
): Inspected {
  if (texts.length === 0) return idleOf(detectors);
  const sightings: Sighting[] = [];
  const took = new Float64Array(detectors.length);
  const broke = new Set<string>();
  const ways = texts.map(({ text }) => views(text));
  let began = now();
  // Guard by guard, so that the clock is read once for each of them and not for each text.
  for (let at = 0; at < detectors.length; at++) {
    const detector = detectors[at];
    if (detector === undefined) continue;
    for (let leaf = 0; leaf < texts.length; leaf++) {
      const [way, field] = [ways[leaf], texts[leaf]?.field];
      if (way === undefined || field === undefined) continue;
      try {
        for (const found of detector.find(way, field)) sightings.push({ found, leaf });
      } catch {
        broke.add(detector.name);
      }
    }
    const ended = now();
    took[at] = ended - began;
    began = ended;
  }
  if (sightings.length > 1) sightings.sort((one, other) => one.leaf - other.leaf);
  const cut = ways.flatMap(({ unseen }, leaf) =>
    unseen.some(({ why }) => why !== "compressed") ? leaf : [],
  );
  const us: Record<string, number> = {};
  for (const [at, { name }] of detectors.entries())
    if (!broke.has(name)) us[name] = Math.round((took[at] ?? 0) * 1000);
  return { sightings, us, broke: [...broke], cut };
}
