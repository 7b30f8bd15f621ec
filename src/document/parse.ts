import { type Document, isAlias, isCollection, isScalar, LineCounter, parseDocument, visit } from "yaml";
import { type Place, type Problem, problemOf } from "./problem.ts";
import { blank } from "./secrets.ts";

/** Bounds of what a person may hand in; far above any real configuration or policy. */
export const DOCUMENT_BOUNDS = { bytes: 1024 * 1024, depth: 64, aliases: 100, problems: 50 } as const;

/** A YAML document, and how to speak of places in it. */
export interface Source {
  readonly file: string;
  readonly text: string;
  readonly yaml: Document.Parsed;
  /** From offsets in the text. */
  place(from: number, to: number): Place;
  problem(place: Place, message: string, hint?: string): Problem;
}

const WORDS: Readonly<Record<string, string>> = {
  DUPLICATE_KEY: "this key stands here twice",
  MULTIPLE_DOCS: "only one document (`---`) may stand in a file",
  NON_STRING_KEY: "keys are plain text",
  TAG_RESOLVE_FAILED: "tags (`!name`) are not read here",
  TAB_AS_INDENT: "indent with spaces, not with tabs",
  RESOURCE_EXHAUSTION: `nested deeper than ${DOCUMENT_BOUNDS.depth} levels`,
};

function sourceOf(file: string, text: string, yaml: Document.Parsed, counter: LineCounter): Source {
  let lines: readonly string[] | undefined;
  const place = (from: number, to: number): Place => {
    const start = counter.linePos(Math.min(from, text.length));
    const ends = text.indexOf("\n", from);
    const end = Math.min(to, ends === -1 ? text.length : ends);
    return { line: Math.max(1, start.line), column: Math.max(1, start.col), length: Math.max(1, end - from) };
  };
  const problem = (at: Place, message: string, hint?: string): Problem => {
    lines ??= blank(text, yaml).split(/\r?\n/);
    const source_line = lines[at.line - 1] ?? "";
    const before = lines.slice(Math.max(0, at.line - 3), at.line - 1);
    return { file, ...at, message, ...(hint === undefined ? {} : { hint }), source_line, before };
  };
  return { file, text, yaml, place, problem };
}

/** What YAML allows and we do not: tags of one's own, loops, depth, and the one key JavaScript reads as something else. */
function structure(source: Source): readonly Problem[] {
  const found: Problem[] = [];
  const say = (range: readonly [number, number, number] | null | undefined, message: string): void => {
    const [from, to] = range ?? [0, 1];
    found.push(source.problem(source.place(from, to), message));
  };
  let aliases = 0;
  visit(source.yaml, {
    Node(_, node, path) {
      if (path.filter(isCollection).length > DOCUMENT_BOUNDS.depth) {
        say(node.range, `nested deeper than ${DOCUMENT_BOUNDS.depth} levels`);
        return visit.BREAK;
      }
      if (isAlias(node)) {
        const meant = node.resolve(source.yaml);
        aliases++;
        if (meant === undefined) say(node.range, `no anchor &${node.source} stands before this alias`);
        else if (path.includes(meant))
          say(node.range, `the alias *${node.source} stands inside what it repeats`);
        else if (aliases > DOCUMENT_BOUNDS.aliases)
          say(node.range, `more than ${DOCUMENT_BOUNDS.aliases} aliases`);
      }
      return undefined;
    },
    Pair(_, pair) {
      if (isScalar(pair.key) && pair.key.value === "__proto__")
        say(pair.key.range, "`__proto__` cannot be a key");
    },
  });
  return found;
}

/** Reads one YAML 1.2 document (JSON is one too). Where anything is wrong, all of it is in `problems`. */
export function parseSource(
  file: string,
  text: string,
): { readonly source: Source; readonly problems: readonly Problem[] } {
  const tooLarge = Buffer.byteLength(text) > DOCUMENT_BOUNDS.bytes;
  const counter = new LineCounter();
  const yaml = parseDocument(tooLarge ? "" : text, {
    lineCounter: counter,
    prettyErrors: false,
    schema: "core",
    merge: false,
    resolveKnownTags: false,
    stringKeys: true,
    logLevel: "error",
  });
  const source = sourceOf(file, text, yaml, counter);
  if (tooLarge) {
    return { source, problems: [problemOf(file, `larger than ${DOCUMENT_BOUNDS.bytes} bytes`)] };
  }
  // A tree with errors in it is only good for showing where they are.
  const problems = yaml.errors.length + yaml.warnings.length > 0 ? syntax(source) : structure(source);
  return { source, problems };
}

/** The mistakes that everybody makes: text that begins, or goes on, with something that means more to YAML than to us. */
function hintOf(text: string, at: number): string | undefined {
  const line = text.slice(
    text.lastIndexOf("\n", at - 1) + 1,
    (text.indexOf("\n", at) + 1 || text.length + 1) - 1,
  );
  const value = /^\s*(?:- )?[\w-]+:\s+(.*)$/.exec(line)?.[1] ?? "";
  if (/^[!*&%@`]/.test(value) || /[:{,[]\s*[*!]/.test(value) || /^[^"'[{].*: /.test(value)) {
    return "put the text in quotes: what begins with ! * & or holds a colon and a space means something to YAML";
  }
  return undefined;
}

/** One mistake is often reported once for each bracket it leaves open: the first at a place is enough. */
function syntax(source: Source): readonly Problem[] {
  const found = new Map<number, Problem>();
  for (const error of [...source.yaml.errors, ...source.yaml.warnings]) {
    if (found.has(error.pos[0]) || found.size >= DOCUMENT_BOUNDS.problems) continue;
    const open = /must be sufficiently indented and end with a (\S)/.exec(error.message)?.[1];
    const told = open === undefined ? WORDS[error.code] : `a \`${open}\` is missing here or before`;
    const message = told ?? error.message.charAt(0).toLowerCase() + error.message.slice(1);
    found.set(
      error.pos[0],
      source.problem(source.place(...error.pos), message, hintOf(source.text, error.pos[0])),
    );
  }
  return [...found.values()];
}
