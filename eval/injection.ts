import { INJECTION } from "../src/detect/injection/injection.ts";
import { views } from "../src/detect/views/views.ts";
import { isDefinition, isOrdinary, marksOf, scoredRows, SHARES } from "../scripts/injection/calibrate.ts";
import { textsOf } from "../scripts/injection/example.ts";
import { examplesOf } from "../scripts/injection/examples.ts";
import { documentOf, fit } from "../scripts/injection/fit.ts";
import { heldOut, type Scored } from "../scripts/injection/folds.ts";
import type { Row } from "./corpus.ts";
import { installed } from "./installed.ts";
import { TRANSFORMS } from "./transforms.ts";

/** Of one group of texts the share that reaches each mark, by models that had not seen its source. */
export interface Group {
  readonly name: string;
  readonly role: "definition" | "text";
  readonly attack: boolean;
  readonly n: number;
  readonly reached: readonly number[];
}

export interface InjectionResults {
  readonly version: string;
  readonly groups: readonly Group[];
  readonly languages: readonly Group[];
  /** For each ordinary source: what reaches the `high` mark that all other sources give. */
  readonly transfer: readonly {
    readonly source: string;
    readonly n: number;
    readonly wanted: number;
    readonly seen: number;
  }[];
  /** Of attacks that the shipped weights know, the share found as they are and in disguise. */
  readonly disguises: Readonly<Record<string, number>>;
  readonly us_per_kb: Readonly<Record<string, { readonly median: number; readonly p99: number }>>;
}

const ROLES = ["definition", "text"] as const;

function grouped<T>(all: readonly T[], name: (one: T) => string): ReadonlyMap<string, readonly T[]> {
  const groups = new Map<string, T[]>();
  for (const one of all) groups.set(name(one), [...(groups.get(name(one)) ?? []), one]);
  return groups;
}

function group(
  name: string,
  role: Group["role"],
  scored: readonly Scored[],
  marks: readonly number[],
): Group {
  const reached = marks.map((mark) => scored.filter(({ raw }) => raw >= mark).length / scored.length);
  return { name, role, attack: scored.some(({ example }) => example.attack), n: scored.length, reached };
}

function transfer(scored: readonly Scored[]): InjectionResults["transfer"] {
  return ROLES.flatMap((role) => {
    const all = scored.filter((one) => isOrdinary(one) && isDefinition(one) === (role === "definition"));
    const wanted = SHARES[role][2] ?? 0;
    return [...grouped(all, ({ example }) => example.source)].flatMap(([source, own]) => {
      const others = all.filter(({ example }) => example.source !== source);
      const mark = marksOf(others, role)[2] ?? Infinity;
      if (own.length < 200 || others.length < 2000) return [];
      return [
        { source, n: own.length, wanted, seen: own.filter(({ raw }) => raw >= mark).length / own.length },
      ];
    });
  });
}

/** Whether the shipped guard would be heard: a warning at least. */
function isFound(text: string, role: "result" | "definition"): boolean {
  return INJECTION.find(views(text), { role }).some(({ score }) => score >= 0.5);
}

/** Attacks that are tried in disguise. */
const DISGUISED = 400;

function disguises(rows: readonly Row[]): Readonly<Record<string, number>> {
  // What is in disguise already, and what is longer than a message, says nothing here.
  const attacks = rows.filter(
    ({ label, family, text, kind, source }) =>
      family === "injection" &&
      label === "injection" &&
      source !== "agt-smoke" &&
      !/encod|task/.test(kind) &&
      text.length < 1500 &&
      isFound(text, "result"),
  );
  const some = attacks.filter((_, at) => at % Math.max(1, Math.floor(attacks.length / DISGUISED)) === 0);
  return Object.fromEntries(
    Object.entries(TRANSFORMS).map(([name, disguise]) => [
      name,
      some.filter(({ text }) => isFound(disguise(text), "result")).length / some.length,
    ]),
  );
}

function costs(rows: readonly Row[]): InjectionResults["us_per_kb"] {
  const time = (role: "result" | "definition", source: string): { median: number; p99: number } => {
    const texts = rows
      .filter((row) => row.source === source && row.text.length >= 200)
      .slice(0, 1500)
      .flatMap((row) => textsOf(row.text, row.family).filter((text) => text.length >= 100));
    for (const text of texts) INJECTION.find(views(text), { role });
    const each = texts.map((text) => {
      const from = performance.now();
      INJECTION.find(views(text), { role });
      return (1000 * (performance.now() - from)) / (text.length / 1024);
    });
    each.sort((one, other) => one - other);
    return { median: each[Math.floor(each.length / 2)] ?? 0, p99: each[Math.floor(each.length * 0.99)] ?? 0 };
  };
  return {
    "definitions (toucan-tools)": time("definition", "toucan-tools"),
    "results (bipia)": time("result", "bipia"),
    "instruction files (cursorrules)": time("result", "cursorrules"),
    "15 languages (promptbook-multilang)": time("result", "promptbook-multilang"),
  };
}

/** Everything that is measured of the injection guard. Trains a model for each set of sources that is left out. */
export function measured(rows: readonly Row[]): InjectionResults {
  const examples = examplesOf(rows);
  const documents = examples.map(({ texts, attack }) => documentOf(texts, attack));
  const scored = [...heldOut(examples, documents), ...scoredRows(installed(), fit(examples, documents))];
  const groups = ROLES.flatMap((role) => {
    const marks = marksOf(scored, role);
    const those = scored.filter((one) => isDefinition(one) === (role === "definition"));
    return [...grouped(those, ({ example }) => `${example.attack ? "" : "benign "}${example.source}`)]
      .map(([name, own]) => group(name, role, own, marks))
      .sort((one, other) => (one.name < other.name ? -1 : 1));
  });
  const marks = marksOf(scored, "text");
  const foreign = scored.filter(
    ({ example }) => example.source === "own-languages" || example.source === "own-foreign",
  );
  const languages = [...grouped(foreign, ({ example }) => example.lang ?? "")].map(([name, own]) =>
    group(name, "text", own, marks),
  );
  return {
    version: INJECTION.version,
    groups,
    languages,
    transfer: transfer(scored),
    disguises: disguises(rows),
    us_per_kb: costs(rows),
  };
}
