import { isAlias, isCollection, isMap, isScalar, type Node, type Pair, type Scalar } from "yaml";
import type { z } from "zod";
import type { JsonPath } from "../call/json.ts";
import { remarksOf } from "./issues.ts";
import { DOCUMENT_BOUNDS, parseSource, type Source } from "./parse.ts";
import { type Place, type Problem, problemOf, Problems } from "./problem.ts";

/** Which part of a member: its key, its value, or a part of the text that its value is. */
export type Where = "key" | "value" | { readonly offset: number; readonly length: number };

/** A document that has the shape its schema demands, and still knows where everything stands. */
export interface ReadDocument<T> {
  readonly value: T;
  /** Where the member at a path stands; of one that is not there, where the nearest member around it stands. */
  at(path: JsonPath, where?: Where): Place;
  /** A problem with that member; its path stands before the message. */
  problem(path: JsonPath, message: string, hint?: string, where?: Where): Problem;
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
 * Reads a YAML (or JSON) text that a person wrote. `file` is how the file should be named in messages.
 * Throws Problems with everything that is wrong: syntax first; where there is none, the shape.
 * Lines that are shown have values of `env`, `headers` and other likely secrets blanked.
 */
export function readDocument<S extends z.ZodType>(
  file: string,
  text: string,
  schema: S,
): ReadDocument<z.output<S>> {
  const { source, problems } = parseSource(file, text);
  if (problems.length > 0) throw new Problems(problems);
  const raw = plainValue(source);
  const problem = (path: JsonPath, message: string, hint?: string, where: Where = "value"): Problem =>
    source.problem(placeOf(source, path, where), named(path, message), hint);
  const read = schema.safeParse(raw);
  if (!read.success) {
    const remarks = read.error.issues.flatMap((issue) => remarksOf(issue, schema, raw));
    const all = remarks.map((remark) => problem(remark.path, remark.message, remark.hint, remark.where));
    throw new Problems(
      all.toSorted((a, b) => a.line - b.line || a.column - b.column).slice(0, DOCUMENT_BOUNDS.problems),
    );
  }
  return { value: read.data, at: (path, where = "value") => placeOf(source, path, where), problem };
}
