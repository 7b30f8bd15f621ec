import { COMPRESSED, hidden, INLINE, leetOf, replaced, reversed, rotated, unspaced } from "./decode.ts";
import { draftOf, type Rewritten } from "./draft.ts";
import { surveyOf } from "./survey.ts";
import type { Making, Span } from "./view.ts";

/** What one kind of encoding hides in a text: all places of one kind together, a line each. */
interface Part extends Rewritten {
  readonly made: Making;
}

export interface Parts {
  readonly parts: readonly Part[];
  /** What would have to be inflated to be read. */
  readonly compressed: readonly Span[];
}

/** Line ends and quotation marks alone need no view of their own: every reader of words takes them for what they are. */
const ORDINARY = new Set(["\\n", "\\r", "\\t"]);

/** Words of a kind before a text is taken to be written that way. */
const TELLING_WORDS = 2;

function inline(text: string, made: keyof typeof INLINE): Part | undefined {
  const { sign, written, meant } = INLINE[made];
  if (!text.includes(sign)) return undefined;
  const marks: Span[] = [];
  let telling = false;
  for (const { 0: mark, index } of text.matchAll(written)) {
    marks.push({ from: index, until: index + mark.length });
    telling ||= !ORDINARY.has(mark);
  }
  return telling ? { made, ...replaced(text, marks, meant) } : undefined;
}

interface Hidden extends Span {
  readonly text: string;
}

function together(source: string, made: Making, hidden: readonly Hidden[]): Part {
  const draft = draftOf(source);
  for (const { from, until, text } of hidden) {
    draft.put(text, from, until);
    draft.put("\n", until, until);
  }
  return { made, ...draft.done() };
}

/** What encodings hide in a text, one level down. Linear in the text. */
export function partsOf(text: string): Parts {
  const parts: Part[] = [];
  const compressed: Span[] = [];
  const survey = surveyOf(text);
  const found: Record<"base64" | "hex", Hidden[]> = { base64: [], hex: [] };
  for (const { from, until } of survey.runs) {
    const inside = hidden(text.slice(from, until));
    const end = /^={0,2}/.exec(text.slice(until, until + 2))?.[0].length ?? 0;
    if (inside?.text === COMPRESSED) compressed.push({ from, until });
    else if (inside !== undefined) found[inside.made].push({ from, until: until + end, text: inside.text });
  }
  for (const made of ["base64", "hex"] as const)
    if (found[made].length > 0) parts.push(together(text, made, found[made]));
  for (const made of ["percent", "entities", "escapes"] as const) {
    const part = inline(text, made);
    if (part !== undefined) parts.push(part);
  }
  if (survey.leet.length > 0) parts.push({ made: "leet", ...replaced(text, survey.leet, leetOf) });
  if (survey.spaced.length > 0) parts.push({ made: "spaced", ...replaced(text, survey.spaced, unspaced) });
  if (survey.rotated >= TELLING_WORDS) parts.push({ made: "rot13", ...rotated(text) });
  if (survey.backward >= TELLING_WORDS) parts.push({ made: "reversed", ...reversed(text) });
  return { parts, compressed };
}
