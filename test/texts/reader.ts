/**
 * Somebody who does what a refusal says, and nothing else: a stand-in for a model that follows its instructions to the
 * letter. It knows no rule names and no codes; it reads sentences, as a model does.
 */
export interface Reading {
  /** When it calls again by itself: never, at once, or not before a time. */
  readonly retry: "never" | "changed" | "unchanged" | { readonly not_before: string };
  /** What it tells its user, or undefined where the text gives it no reason to. */
  readonly told: string | undefined;
  /** Whether it looks for another way to the same effect. */
  readonly around: boolean;
}

const NO_RETRY = /\bDo not (?:retry|poll)\b/;
const NOT_BEFORE = /Do not retry before (\d{4}-\d\d-\d\d \d\d:\d\d(?::\d\d)? UTC)/;
const CHANGED = /Correct the argument before you call again|Call the same tool with exactly these arguments/;
const TELL = /\btell the user\b|\bTell the user\b|For the user: /;
const NO_WAY_AROUND = /do not look for another tool that has the same effect/;
const LATER = /You may try again later; do not retry in a loop/;
const CHECK = /check before you call it again/;

/** What a refusal makes of the next step. A text that says nothing about retrying is read as an ordinary failure: it is tried again. */
export function follow(text: string): Reading {
  const told = TELL.test(text) ? text : undefined;
  const around = !NO_WAY_AROUND.test(text) && text.startsWith("BLOCKED by policy");
  const later = NOT_BEFORE.exec(text)?.[1];
  if (later !== undefined) return { retry: { not_before: later }, told, around };
  if (CHANGED.test(text)) return { retry: "changed", told, around };
  if (NO_RETRY.test(text) || LATER.test(text) || CHECK.test(text)) return { retry: "never", told, around };
  return { retry: "unchanged", told, around };
}
