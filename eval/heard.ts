import type { Detector } from "../src/detect/detector.ts";
import { PROFILES } from "../src/detect/profiles.ts";
import { type Kind, seenIn } from "../src/detect/scan.ts";
import type { Row } from "./corpus.ts";

/** What of a row the small sample keeps. */
export type Line = Pick<Row, "id" | "source" | "label" | "family" | "text">;

function kindOf({ family }: Line): Kind {
  return family === "mcp-tools" ? "tool-definition" : "tool-result";
}

/** Whether the profile `standard` with one guard alone would warn at least. */
export function isHeard(text: string, kind: Kind, guard: Detector): boolean {
  return seenIn(text, kind, { ...PROFILES.standard, guards: [guard] }).some(
    ({ action }) => action !== "note",
  );
}

/** Of each source and label the share of texts at which a guard is heard. */
export function shares(lines: readonly Line[], guard: Detector): Readonly<Record<string, number>> {
  const groups = Map.groupBy(lines, ({ source, label }) => `${source}/${label}`);
  return Object.fromEntries(
    [...groups].map(([name, group]) => {
      const heard = group.filter((line) => isHeard(line.text, kindOf(line), guard)).length;
      return [name, Number((heard / group.length).toFixed(3))];
    }),
  );
}
