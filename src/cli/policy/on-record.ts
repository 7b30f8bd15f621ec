import { Problems } from "../../document/problem.ts";
import { parsePolicy } from "../../policy/parse.ts";
import type { Effect, Source } from "../../policy/rule.ts";
import type { Store } from "../../store/store.ts";
import { Failure } from "../failure.ts";
import { policyTexts } from "./files.ts";

/** A rule as a version had it. */
interface RuleOnRecord {
  /** `policy/main.yaml:12`. */
  readonly at: string;
  /** The reason that a rule which denies or asks gives. */
  readonly why: string | undefined;
  /** Its lines in the file. */
  readonly text: readonly string[];
}

/** By name: the rules of a version. */
export type RulesOnRecord = ReadonlyMap<string, RuleOnRecord>;

const MOST_LINES = 30;

/** The lines of a list's entry that begins in that line (from 1): all that follow and are indented deeper. */
function entryAt(text: string, line: number): readonly string[] {
  const lines = text.split(/\r?\n/).slice(line - 1, line - 1 + MOST_LINES);
  const [first = ""] = lines;
  const indent = first.search(/\S/);
  if (!/^\s*- /.test(first)) return [first.trim()];
  const after = lines.slice(1).findIndex((each) => /\S/.test(each) && each.search(/\S/) <= indent);
  const own = after === -1 ? lines : lines.slice(0, after + 1);
  return own.filter((each) => /\S/.test(each) && !/^\s*#/.test(each)).map((each) => each.slice(indent));
}

function textAt(sources: readonly Source[], at: string): readonly string[] {
  const line = Number(at.slice(at.lastIndexOf(":") + 1));
  const source = sources.find(({ file }) => at === `${file}:${line}`);
  return source === undefined ? [] : entryAt(source.text, line);
}

/** The texts of a version: as the store keeps them, else the configuration's own where they are these. */
async function textsOf(
  version: string,
  { policies }: Store,
  options: Readonly<Record<string, unknown>>,
): Promise<readonly Source[]> {
  return (await policies.get(version))?.texts ?? policyTexts([], options).sources;
}

function reasonOf(effect: Effect): string | undefined {
  switch (effect.kind) {
    case "allow":
    case "mask":
    case "guard":
    case "classify":
      return undefined;
    case "ask":
      return effect.ask.why;
    case "access":
      return effect.access.why;
    case "deny":
    case "limit":
      return effect.why;
  }
}

/** The rules of a version; undefined where nobody has its texts, or this program cannot read them. */
export async function rulesOf(
  version: string,
  store: Store,
  options: Readonly<Record<string, unknown>>,
): Promise<RulesOnRecord | undefined> {
  if (!version.startsWith("sha256:")) return undefined;
  try {
    const sources = await textsOf(version, store, options);
    const set = parsePolicy(sources, {});
    if (set.version !== version) return undefined;
    const told = set.rules.map(({ name, at, effect }) => {
      const why = reasonOf(effect);
      return [name, { at, why, text: textAt(sources, at) }] as const;
    });
    return new Map(told);
  } catch (error) {
    if (error instanceof Problems || error instanceof Failure) return undefined;
    throw error;
  }
}
