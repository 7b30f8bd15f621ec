import { z } from "zod";
import type { Found } from "../detect/detector.ts";
import type { Hit } from "../detect/look.ts";
import { findingSchema } from "./plugin.ts";

/** Findings in one reading of one text. */
const MOST = 1_000;
const list = z.array(findingSchema).max(MOST);

/** It said something that is no list of findings, or that it may not say. The message quotes nothing of what it said. */
export class Nonsense extends Error {
  override readonly name = "Nonsense";
}

/** What a plugin said of one reading, checked: its classes, places inside the text. Throws Nonsense. */
export function hitsOf(said: unknown, text: string, classes: readonly string[]): readonly Hit[] {
  const read = list.safeParse(said);
  if (!read.success) {
    const { path = [] } = read.error.issues[0] ?? {};
    const where = path.map(String).join(".").slice(0, 60);
    throw new Nonsense(where === "" ? "it gave no list of findings" : `a finding is none: ${where}`);
  }
  return read.data.map(({ kind, ...hit }) => {
    if (!classes.includes(hit.class)) throw new Nonsense("it reported a class that it does not declare");
    if (hit.from >= hit.until || hit.until > text.length) throw new Nonsense("a finding is outside its text");
    return { ...hit, ...(kind !== undefined && { kind }) };
  });
}

/** What a plugin's own `find` said, checked against the text it was given. Throws Nonsense. */
export function foundOf(
  guard: string,
  said: readonly Found[],
  text: string,
  classes: readonly string[],
): readonly Found[] {
  if (!Array.isArray(said)) throw new Nonsense("it gave no list of findings");
  const flat = said.map(({ span, ...hit }) => ({ ...hit, from: span?.from, until: span?.until }));
  return hitsOf(flat, text, classes).map(({ from, until, ...hit }) => ({
    guard,
    ...hit,
    span: { from, until },
  }));
}
