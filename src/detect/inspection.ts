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

/** Looks at texts with every detector. `now` gives milliseconds with a fraction. Never throws. */
export function lookThrough(
  texts: readonly Leaf[],
  detectors: readonly Detector[],
  now: () => number,
): Inspected {
  const sightings: Sighting[] = [];
  const took = new Float64Array(detectors.length);
  const broke = new Set<string>();
  const cut: number[] = [];
  for (const [leaf, { text, field }] of texts.entries()) {
    const ways = views(text);
    let began = now();
    for (let at = 0; at < detectors.length; at++) {
      const detector = detectors[at];
      if (detector === undefined) continue;
      try {
        for (const found of detector.find(ways, field)) sightings.push({ found, leaf });
      } catch {
        broke.add(detector.name);
      }
      const ended = now();
      took[at] = (took[at] ?? 0) + ended - began;
      began = ended;
    }
    if (ways.unseen.some(({ why }) => why !== "compressed")) cut.push(leaf);
  }
  const us: Record<string, number> = {};
  for (const [at, { name }] of detectors.entries())
    if (!broke.has(name)) us[name] = Math.round((took[at] ?? 0) * 1000);
  return { sightings, us, broke: [...broke], cut };
}
