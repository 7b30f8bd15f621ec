import type { Detector } from "./detector.ts";

/** Every detector there is, in the order in which findings are listed. */
export const DETECTORS: readonly Detector[] = [];
