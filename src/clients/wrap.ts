import { isDeepStrictEqual } from "node:util";
import { type Entry, readEntry, wrappingOf } from "./entry.ts";
import { type Edit, indentAt, lineEnd, quoted, type Splice, spliced, takenBack } from "./splice.ts";
import { type Member, memberAt, type Part, type Read } from "./syntax.ts";

/** A change of a text, and what takes it back. */
interface Change {
  readonly splices: readonly Splice[];
  readonly edits: readonly Edit[];
}

/** Between key and value as the neighbour has it, where that is on one line. */
function linkOf(text: string, { key_span, value }: Member): string {
  const link = text.slice(key_span.to, value.span.from);
  return /^[ \t]*[:=][ \t]*$/.test(link) ? link : /:/.test(link) ? ": " : " = ";
}

/** `args` before a program that has none: what follows the program, a comment perhaps, stays with it. */
function insertArgs(text: string, keys: readonly string[], program: Member, words: string): Change {
  const dotted = text.slice(program.span.from, program.key_span.from);
  const name = text.startsWith('"', program.key_span.from) && program.inline ? '"args"' : "args";
  const lead = `${dotted}${name}${linkOf(text, program)}`;
  const indent = indentAt(text, program.span.from);
  const end = indent === undefined ? " " : `${lineEnd(text)}${indent}`;
  const after = `${lead}[${words}]${program.inline ? "," : ""}${end}`;
  const { from } = program.span;
  return {
    splices: [{ from, to: from, text: after }],
    edits: [{ keys, offset: -lead.length, before: "", after }],
  };
}

/** Words at the front of `args`, on a line of their own where its first has one. */
function prependArgs(text: string, keys: readonly string[], args: Part, words: string): Change {
  const from = args.span.from + 1;
  const first = args.kind === "array" ? args.items[0] : undefined;
  const indent = first === undefined ? undefined : indentAt(text, first.span.from);
  const after =
    first === undefined ? words : indent === undefined ? `${words}, ` : `${lineEnd(text)}${indent}${words},`;
  return { splices: [{ from, to: from, text: after }], edits: [{ keys, offset: 1, before: "", after }] };
}

/**
 * Puts `words` before an entry's program, which becomes the last of them; its arguments stay as they are written.
 * Undefined where the entry starts no program.
 */
export function wrapEntry(
  text: string,
  entry: Entry,
  words: readonly string[],
): { readonly text: string; readonly edits: readonly Edit[] } | undefined {
  const { program, args, holder } = entry;
  const [first, ...rest] = words;
  if (program === undefined || entry.words === undefined || first === undefined) return undefined;
  const { from, to } = program.value.span;
  const before = text.slice(from, to);
  const after = quoted(first);
  const line = [...rest.map(quoted), before].join(", ");
  const at = [...entry.keys, ...holder];
  const prefix =
    args === undefined
      ? insertArgs(text, [...at, "args"], program, line)
      : prependArgs(text, [...at, "args"], args.value, line);
  const key = holder.length === 0 ? "command" : "path";
  return {
    text: spliced(text, [{ from, to, text: after }, ...prefix.splices]),
    edits: [{ keys: [...at, key], offset: 0, before, after }, ...prefix.edits],
  };
}

/** Takes the words before the program away where the texts are no longer ours: what the person wrote since stays. */
function unwrapByWords(text: string, { program, args, words }: Entry): readonly Splice[] | undefined {
  const inner = words === undefined ? undefined : wrappingOf(words)?.inner;
  if (program === undefined || args?.value.kind !== "array" || words === undefined || inner === undefined)
    return undefined;
  const { items, span } = args.value;
  const position = words.length - inner.length - 1;
  const started = items[position];
  if (started === undefined) return undefined;
  const next = items[position + 1];
  const gone: Splice =
    next === undefined
      ? { from: span.from + 1, to: span.to - 1, text: "" }
      : { from: items[0]?.span.from ?? span.from + 1, to: next.span.from, text: "" };
  return [{ ...program.value.span, text: text.slice(started.span.from, started.span.to) }, gone];
}

/** Whether an entry, found again, starts what stood behind `wrap`; on Windows an interpreter may have been put before it. */
function starts(read: Read, { keys, name }: Entry, inner: readonly string[]): boolean {
  const part = read.kind === "read" ? memberAt(read.root, keys)?.value : undefined;
  const words = part === undefined ? undefined : readEntry(name, keys, part)?.words;
  const plain = inner[0] === "cmd" && inner[1] === "/c" ? inner.slice(2) : inner;
  return words !== undefined && [inner, plain].some((one) => isDeepStrictEqual(one, words));
}

/**
 * Takes a wrapped entry back: to the byte where the recorded texts still stand there (`exact`), else by its words, which
 * keeps what was written since. Undefined where the entry is not wrapped in a way that can be taken back.
 */
export function unwrapEntry(
  text: string,
  read: (text: string) => Read,
  entry: Entry,
  edits: readonly Edit[],
): { readonly text: string; readonly exact: boolean } | undefined {
  const now = read(text);
  const inner = entry.words === undefined ? undefined : wrappingOf(entry.words)?.inner;
  if (now.kind !== "read" || inner === undefined) return undefined;
  const back = edits.flatMap((edit) => takenBack(text, now.root, edit) ?? []);
  if (edits.length > 0 && back.length === edits.length) {
    const restored = spliced(text, back);
    if (starts(read(restored), entry, inner)) return { text: restored, exact: true };
  }
  const splices = unwrapByWords(text, entry);
  const restored = splices === undefined ? undefined : spliced(text, splices);
  return restored !== undefined && starts(read(restored), entry, inner)
    ? { text: restored, exact: false }
    : undefined;
}
