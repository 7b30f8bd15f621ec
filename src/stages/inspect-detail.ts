import type { JsonObject, JsonPath } from "../call/json.ts";
import type { Deny } from "../call/verdict.ts";
import type { Guards } from "../detect/guarding.ts";
import type { Texts } from "./inspect-texts.ts";
import type { Missed } from "./inspect-pool.ts";
import type { Seen } from "./inspector.ts";
import { placeOf } from "./inspect-judge.ts";

/** Places of one message that the record names. */
const PLACES = 8;

/** What guards did with one message. */
export interface Report {
  readonly texts: Texts;
  readonly seen: Seen | Missed;
  readonly guards: Guards;
}

/** Why no guard looked, in words. */
export const LACKS = {
  queue: "no thread was free",
  deadline: "it took too long",
  crashed: "its thread broke",
} as const;

/** What was not looked at, and why; `guard` is absent where it is all of them. */
function unseenIn({ texts, seen, guards }: Report): readonly JsonObject[] {
  if (typeof seen === "string") return [{ why: LACKS[seen] }];
  const at = (index: number): JsonPath => texts.leaves[index]?.field.path ?? [];
  return [
    ...seen.broke.map((guard) => ({ guard, why: seen.lacks?.[guard] ?? "it broke" })),
    ...seen.cut.slice(0, PLACES).map((index) => ({ at: placeOf(at(index)), why: "beyond its bounds" })),
    ...texts.binary.slice(0, PLACES).map((path) => ({ at: placeOf(path), why: "bytes" })),
    ...(texts.left ? [{ why: "more texts than are looked at" }] : []),
    ...(guards.detectors.length === 0 && Object.keys(seen.us).length === 0 ? [{ why: "no guard runs" }] : []),
  ];
}

function placesIn({ leaves }: Texts): readonly string[] {
  const places: string[] = [];
  for (const { field } of leaves.slice(0, PLACES)) {
    const place = placeOf(field.path);
    if (!places.includes(place)) places.push(place);
  }
  return places;
}

/** The line of the trail: which guards ran for how long on which fields, what was masked, and what was not seen. */
export function detailOf(report: Report, masked: Readonly<Record<string, number>>): JsonObject {
  const { texts, seen } = report;
  const unseen = unseenIn(report);
  return {
    guards: typeof seen === "string" ? {} : seen.us,
    fields: texts.leaves.length,
    at: placesIn(texts),
    ...(Object.keys(masked).length > 0 && { masked }),
    ...(unseen.length > 0 && { unseen }),
    ...(typeof seen !== "string" && seen.known > 0 && { known: seen.known }),
    ...(typeof seen !== "string" && seen.thread && { thread: true }),
    ...(typeof seen !== "string" && seen.observed !== undefined && { observed: seen.observed }),
  };
}

/** Whether what was not looked at stops a message: undefined where it passes. */
export function stoppedBy({ texts, seen, guards }: Report, of: "call" | "answer"): Deny | undefined {
  const names = guards.detectors.map(({ name }) => name);
  if (typeof seen === "string") {
    const strict = names.find((name) => guards.brokenOf(name) === "stop");
    return strict === undefined ? undefined : unlooked(of, strict, LACKS[seen]);
  }
  const broke = seen.broke.find((name) => guards.brokenOf(name) === "stop");
  if (broke !== undefined) return unlooked(of, broke, seen.lacks?.[broke] ?? "it broke");
  if (seen.cut.length === 0 && !texts.left) return undefined;
  const strict = names.find((name) => guards.unseenOf(name) === "stop");
  return strict === undefined ? undefined : unlooked(of, strict, "there is more text than it reads");
}

function unlooked(of: "call" | "answer", guard: string, why: string): Deny {
  return {
    kind: "deny",
    rule: { source: "guard", rule: guard },
    cause: of === "call" ? { kind: "broken", stage: guard } : { kind: "content", of, path: "" },
    why: `The guard \`${guard}\` did not look at all of it: ${why}.`,
  };
}
