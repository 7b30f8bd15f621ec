import { memberAt, type Part, type Span } from "./syntax.ts";

/** Text in the place of what stands there now. */
export interface Splice extends Span {
  readonly text: string;
}

/**
 * A change that can be found again and taken back: `offset` units from where the value at `keys` begins stands `after`,
 * where `before` stood.
 */
export interface Edit {
  readonly keys: readonly string[];
  readonly offset: number;
  readonly before: string;
  readonly after: string;
}

/** The text with every splice done. They must not overlap. */
export function spliced(text: string, splices: readonly Splice[]): string {
  return splices
    .toSorted((one, other) => other.from - one.from)
    .reduce((done, { from, to, text: put }) => done.slice(0, from) + put + done.slice(to), text);
}

/** What takes a change back; undefined where its text stands there no more. */
export function takenBack(
  text: string,
  root: Part,
  { keys, offset, before, after }: Edit,
): Splice | undefined {
  const value = memberAt(root, keys)?.value;
  if (value === undefined) return undefined;
  const from = value.span.from + offset;
  return from >= 0 && text.startsWith(after, from)
    ? { from, to: from + after.length, text: before }
    : undefined;
}

/** A string as both languages write it. */
export function quoted(value: string): string {
  return JSON.stringify(value).replaceAll("\u007f", "\\u007f");
}

/** How lines of a text end. */
export function lineEnd(text: string): string {
  return /\r?\n/.exec(text)?.[0] ?? "\n";
}

/** The white space that a line begins with, where nothing else stands between it and `offset`; else undefined. */
export function indentAt(text: string, offset: number): string | undefined {
  const line = text.slice(text.lastIndexOf("\n", offset - 1) + 1, offset);
  return /^[ \t]*$/.test(line) ? line : undefined;
}

/** What the line at `offset` begins with. */
export function lineIndent(text: string, offset: number): string {
  return /^[ \t]*/.exec(text.slice(text.lastIndexOf("\n", offset - 1) + 1))?.[0] ?? "";
}
