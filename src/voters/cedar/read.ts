import { readdirSync, readFileSync, statSync } from "node:fs";
import { basename, join } from "node:path";
import type { DetailedError } from "@cedar-policy/cedar-wasm/nodejs";
import { shown } from "../../config/paths.ts";
import { type Problem, problemOf, Problems } from "../../document/problem.ts";
import { named } from "./entities.ts";
import type { Cedar } from "./library.ts";
import { type Scope, scopeOf } from "./scope.ts";

/** One policy, as it stands in a file. */
export interface CedarPolicy {
  readonly order: number;
  readonly text: string;
  /** Its `@id`, or where it stands. */
  readonly name: string;
  /** Its `@why`: the reason, for the model. */
  readonly why: string | undefined;
  readonly scope: Scope;
  /** The entities that it names. */
  readonly names: ReadonlySet<string>;
  /** What is wrong with it; `start` is in bytes of its text. */
  readonly problem: (message: string, start: number, hint?: string) => Problem;
}

interface File {
  readonly name: string;
  readonly text: string;
}

const MOST_BYTES = 1024 * 1024;
const MOST_POLICIES = 10_000;

function filesAt(path: string): readonly File[] {
  const paths = statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, encoding: "utf8" })
        .filter((name) => name.endsWith(".cedar"))
        .toSorted()
        .map((name) => join(path, name))
    : [path];
  if (paths.length === 0)
    throw new Problems([problemOf(shown(path), "holds no policy", "policies are files that end in .cedar")]);
  return paths.map((each) => {
    if (statSync(each).size > MOST_BYTES)
      throw new Problems([problemOf(shown(each), `larger than ${MOST_BYTES} bytes`)]);
    return { name: shown(each), text: readFileSync(each, "utf8") };
  });
}

/** A problem at a place that is given in bytes, as Cedar does. */
function problemAt({ name, text }: File, bytes: number, message: string, hint?: string): Problem {
  const before = Buffer.from(text).subarray(0, bytes).toString().split("\n");
  const line = before.length;
  const column = (before.at(-1) ?? "").length + 1;
  const lines = text.split("\n");
  return {
    ...problemOf(name, message, hint),
    line,
    column,
    length: 1,
    source_line: lines[line - 1] ?? "",
    before: lines.slice(Math.max(0, line - 3), line - 1),
  };
}

/** What Cedar says of a text, each at its place. */
export function problemsOf(file: File, errors: readonly DetailedError[]): readonly Problem[] {
  return errors.map(({ message, help, sourceLocations }) => {
    const [at] = sourceLocations ?? [];
    const what = at?.label === null || at === undefined ? message : `${message} (${at.label})`;
    return at === undefined
      ? problemOf(file.name, what, help ?? undefined)
      : problemAt(file, at.start, what, help ?? undefined);
  });
}

function policyOf(cedar: Cedar, file: File, text: string, from: number, order: number): CedarPolicy {
  const start = Buffer.byteLength(file.text.slice(0, from));
  const problem: CedarPolicy["problem"] = (message, at, hint) => problemAt(file, start + at, message, hint);
  const read = cedar.policyToJson(text);
  if (read.type === "failure")
    throw new Problems(read.errors.map(({ message, help }) => problem(message, 0, help ?? undefined)));
  const { id, why } = read.json.annotations ?? {};
  const place = problem("", 0);
  return {
    order,
    text,
    name: id ?? `${basename(place.file)}:${place.line}`,
    why,
    scope: scopeOf(read.json),
    names: named(read.json),
    problem,
  };
}

function read(cedar: Cedar, file: File, first: number): readonly CedarPolicy[] {
  const parts = cedar.policySetTextToParts(file.text);
  if (parts.type === "failure") throw new Problems(problemsOf(file, parts.errors));
  const [template] = parts.policy_templates;
  if (template !== undefined) {
    const at = Buffer.byteLength(file.text.slice(0, Math.max(0, file.text.indexOf(template))));
    throw new Problems([problemAt(file, at, "is a template, and there is nothing to link it with")]);
  }
  // In the order of the text, in which the same words may stand twice.
  const ends = new Map<string, number>();
  const placed = parts.policies.map((text) => {
    const from = Math.max(0, file.text.indexOf(text, ends.get(text) ?? 0));
    ends.set(text, from + text.length);
    return { text, from };
  });
  return placed
    .toSorted((a, b) => a.from - b.from)
    .map(({ text, from }, index) => policyOf(cedar, file, text, from, first + index));
}

/** Reads the policies of a folder, or of one file. Throws Problems with file and line. */
export function readPolicies(cedar: Cedar, path: string): readonly CedarPolicy[] {
  const policies: CedarPolicy[] = [];
  const problems: Problem[] = [];
  for (const file of filesAt(path)) {
    try {
      policies.push(...read(cedar, file, policies.length));
    } catch (error) {
      if (!(error instanceof Problems)) throw error;
      problems.push(...error.problems);
    }
  }
  if (policies.length > MOST_POLICIES)
    problems.push(problemOf(shown(path), `more than ${MOST_POLICIES} policies`));
  if (problems.length > 0) throw new Problems(problems);
  return policies;
}
