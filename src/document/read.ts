import { isAlias, isCollection, isMap, isScalar, type Node, type Pair, type Scalar } from "yaml";
import type { z } from "zod";
import type { JsonPath } from "../call/json.ts";
import { DOCUMENT_BOUNDS, parseSource, type Source } from "./parse.ts";
import { type Place, type Problem, problemOf, Problems, tellable } from "./problem.ts";
import { isCut, prune } from "./prune.ts";

/** Which part of a member: its key, its value, or a part of the text that its value is. */
export type Where = "key" | "value" | { readonly offset: number; readonly length: number };

/** A document that has the shape its schema demands, and still knows where everything stands. */
export interface ReadDocument<T> {
  readonly value: T;
  /** Where the member at a path stands; of one that is not there, where the nearest member around it stands. */
  at(path: JsonPath, where?: Where): Place;
  /**
   * A problem with that member; its path stands before the message. Doubtful where something of wrong shape was left out
   * at or below it.
   */
  problem(path: JsonPath, message: string, hint?: string, where?: Where): Problem;
}

/** What of a document has the right shape, and what is wrong with the rest. Paths are those of `value`. */
export interface Examined<T> extends ReadDocument<T> {
  readonly problems: readonly Problem[];
  /** Whether something was left out at or below a path. */
  doubts(path: JsonPath): boolean;
  /** Whether the mapping or list there is as it was written: nothing directly in it was left out. */
  whole(path: JsonPath): boolean;
  /** What is written, whatever its shape. */
  readonly raw: unknown;
}

interface Found {
  readonly key: Node | undefined;
  readonly value: Node | undefined;
}

function find(source: Source, path: JsonPath): Found {
  let found: Found = { key: undefined, value: source.yaml.contents ?? undefined };
  for (const step of path) {
    const within = isAlias(found.value) ? found.value.resolve(source.yaml) : found.value;
    if (!isCollection(within)) return found;
    if (isMap(within)) {
      const pair = (within.items as Pair<Node, Node | null>[]).find(
        (item) => isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair === undefined) return found;
      found = { key: pair.key, value: pair.value ?? undefined };
    } else {
      const item = (within.items as Node[])[Number(step)];
      if (item === undefined) return found;
      found = { key: undefined, value: item };
    }
  }
  return found;
}

/** Where a part of a scalar's value stands, or undefined where escapes or folding make that unclear. */
function inside(source: Source, node: Scalar, offset: number): number | undefined {
  const [from, to] = node.range ?? [0, 0];
  const raw = source.text.slice(from, to);
  const value = String(node.value);
  if (raw.startsWith(value)) return from + offset;
  if (raw.slice(1, -1) === value) return from + 1 + offset;
  if (node.type !== "BLOCK_LITERAL") return undefined;
  const above = value.slice(0, offset).split("\n");
  const rows = raw.split("\n");
  const row = rows[above.length];
  const line = value.split("\n")[above.length - 1];
  if (row === undefined || line === undefined || !row.trimEnd().endsWith(line)) return undefined;
  const start = from + rows.slice(0, above.length).join("\n").length + 1;
  return start + row.indexOf(line) + (above.at(-1) ?? "").length;
}

function placeOf(source: Source, path: JsonPath, where: Where): Place {
  const { key, value } = find(source, path);
  const empty = value?.range === undefined || value.range === null || value.range[0] === value.range[1];
  const node = (where === "key" || empty ? (key ?? value) : value) ?? undefined;
  if (node?.range === undefined || node.range === null) return source.place(0, 1);
  if (typeof where === "object" && isScalar(node)) {
    const start = inside(source, node, where.offset);
    if (start !== undefined) return source.place(start, start + Math.max(1, where.length));
  }
  return source.place(node.range[0], node.range[1]);
}

/** `mcpServers.files.env`, `rules[3].when`. */
export function pathText(path: JsonPath): string {
  return path
    .map((step, index) => (typeof step === "number" ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join("");
}

function named(path: JsonPath, message: string): string {
  return path.length === 0 ? message : `${pathText(path)}: ${message}`;
}

/** The library counts what aliases would unfold to, and throws before it unfolds them. */
function plainValue(source: Source): unknown {
  try {
    return (source.yaml.toJS({ maxAliasCount: DOCUMENT_BOUNDS.aliases }) as unknown) ?? {};
  } catch (error) {
    if (!(error instanceof ReferenceError)) throw error;
    throw new Problems([problemOf(source.file, "its aliases (`*name`) unfold to too much")]);
  }
}

/**
 * Reads a YAML (or JSON) text that a person wrote, as far as it can be read: what has the wrong shape is left out of the
 * value and told in `problems`, so that the rest can be checked too. `file` is how the file should be named in messages.
 * Throws Problems where nothing can be read: syntax, or a shape that leaves nothing.
 * Lines that are shown have values of `env`, `headers` and other likely secrets blanked.
 */
export function examine<S extends z.ZodType>(file: string, text: string, schema: S): Examined<z.output<S>> {
  const { source, problems: syntax } = parseSource(file, text);
  if (syntax.length > 0) throw new Problems(syntax);
  const raw = plainValue(source);
  const { value, remarks, cuts, written } = prune(schema, raw);
  const problems = tellable(
    remarks.map(({ path, message, hint, where }) =>
      source.problem(placeOf(source, path, where), named(path, message), hint),
    ),
  ).slice(0, DOCUMENT_BOUNDS.problems);
  if (value === undefined) throw new Problems(problems);
  return {
    value,
    problems,
    raw,
    at: (path, where = "value") => placeOf(source, written(path), where),
    problem(path, message, hint, where = "value") {
      const there = written(path);
      const found = source.problem(placeOf(source, there, where), named(there, message), hint);
      return isCut(cuts, there) ? { ...found, doubtful: true } : found;
    },
    doubts: (path) => isCut(cuts, written(path)),
    whole(path) {
      const there = written(path);
      return !cuts.some((each) => each.length === there.length + 1 && isCut([each], there));
    },
  };
}

/** Reads a text as `examine` does, and throws Problems where anything is wrong with its shape. */
export function readDocument<S extends z.ZodType>(
  file: string,
  text: string,
  schema: S,
): ReadDocument<z.output<S>> {
  const read = examine(file, text, schema);
  if (read.problems.length > 0) throw new Problems(read.problems);
  return read;
}
