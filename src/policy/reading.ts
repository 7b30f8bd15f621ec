import { resolve } from "node:path";
import { isDirectory } from "./path.ts";
import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import type { Volume } from "./facts.ts";
import { LANGUAGE, REPLACED } from "./language.ts";

/** What a parsed condition looks at, and how much work it can be. */
export interface Reading {
  /** Names that are no loop variables: `args`, `principal`, … */
  readonly names: ReadonlySet<string>;
  /** Members of `args` that it reads; `undefined` where it reads `args` as a whole. */
  readonly members: ReadonlySet<string> | undefined;
  /** An upper bound of the work, in steps of some 10 ns, for arguments of a given volume. */
  cost(volume: Volume): number;
}

/** Work inside `depth` nested loops: steps of fixed size, and steps that go through a text or a list. */
interface Work {
  fixed: number;
  linear: number;
}
interface Walk {
  readonly names: Set<string>;
  readonly members: Set<string>;
  readonly work: Work[];
  whole: boolean;
  splits: boolean;
  longest: number;
}

/** Methods whose second argument is a loop's body. */
export const LOOPS: ReadonlySet<string> = new Set(["all", "exists", "exists_one", "map", "filter"]);
/** One evaluated node, or one character for a regular expression, costs about eight characters of a plain search. */
const NODE = 8;

/** The nodes directly inside one; loops are given with their bodies. */
export function inside(node: ASTNode): readonly ASTNode[] {
  if (node.op === "value" || node.op === "id") return [];
  if (node.op === "." || node.op === ".?") return [node.args[0]];
  if (node.op === "call") return node.args[1];
  if (node.op === "rcall") return [node.args[1], ...node.args[2]];
  if (node.op === "map") return node.args.flat();
  return node.op === "!_" || node.op === "-_" ? [node.args] : node.args;
}

/** Whether comparing with it takes the same time whatever the arguments: a literal, or a member of anything but `args`. */
function isSmall(node: ASTNode): boolean {
  if (node.op === "value") return true;
  if (node.op === "list") return node.args.every(isSmall);
  if (node.op === ".") return isSmall(node.args[0]);
  return (
    node.op === "id" &&
    ["principal", "client", "tenant", "server", "method", "era", "now", "risk"].includes(node.args)
  );
}

function linearWeight(node: ASTNode): number {
  if (node.op === "rcall") return node.args[0] === "matches" || node.args[0] === "found" ? NODE : 1;
  if (node.op === "call" || node.op === "+") return 1;
  if (node.op === "in") return isSmall(node.args[1]) ? 0 : NODE;
  if (node.op === "==" || node.op === "!=") return isSmall(node.args[0]) || isSmall(node.args[1]) ? 0 : NODE;
  return 0;
}

/** A member of `args` by its name, or undefined where the node is none. */
function memberOfArgs(node: ASTNode): string | undefined {
  if (node.op === "." && node.args[0].op === "id" && node.args[0].args === "args") return node.args[1];
  if (node.op !== "[]" || node.args[0].op !== "id" || node.args[0].args !== "args") return undefined;
  const key = node.args[1];
  return key.op === "value" && typeof key.args === "string" ? key.args : undefined;
}

function walk(node: ASTNode, depth: number, into: Walk): void {
  const work = (into.work[depth] ??= { fixed: 0, linear: 0 });
  work.fixed += NODE;
  work.linear += linearWeight(node);
  const member = memberOfArgs(node);
  if (member !== undefined) {
    into.names.add("args");
    into.members.add(member);
    return;
  }
  if (node.op === "id") {
    into.names.add(node.args);
    if (node.args === "args") into.whole = true;
    return;
  }
  if (node.op === "rcall" && LOOPS.has(node.args[0]) && node.args[2].length > 1) {
    const [variable, ...body] = node.args[2];
    walk(node.args[1], depth, into);
    const known = variable?.op === "id" && into.names.has(variable.args);
    for (const each of body) walk(each, depth + 1, into);
    if (variable?.op === "id" && !known && variable.args !== "args") into.names.delete(variable.args);
    return;
  }
  if (node.op === "rcall" && node.args[0] === "split") into.splits = true;
  if (node.op === "list" || node.op === "map") into.longest = Math.max(into.longest, node.args.length);
  for (const each of inside(node)) walk(each, depth, into);
}

/** What a condition reads and costs. Where in doubt it reads, and costs, more. */
export function readingOf(root: ASTNode): Reading {
  const found: Walk = {
    names: new Set(),
    members: new Set(),
    work: [],
    whole: false,
    splits: false,
    longest: 1,
  };
  walk(root, 0, found);
  const { names, members, work, whole, splits, longest } = found;
  return {
    names,
    members: whole ? undefined : members,
    cost: ({ units, widest }) => {
      const round = Math.max(splits ? units : widest, longest);
      return work.reduce(
        (sum, { fixed, linear }, depth) => sum + (fixed + linear * units) * round ** depth,
        0,
      );
    },
  };
}

/** Every node of a tree, the root first. */
export function* nodesOf(root: ASTNode): Generator<ASTNode> {
  yield root;
  for (const each of inside(root)) yield* nodesOf(each);
}

/** Gives the calls of a tree the names that stand for the library's own (`REPLACED`), before it is first checked. */
function rename(root: ASTNode): void {
  for (const node of nodesOf(root)) {
    if (node.op !== "call" && node.op !== "rcall") continue;
    const name = REPLACED.get(node.args[0]);
    if (name !== undefined) (node.args as unknown as string[])[0] = name;
  }
}

/**
 * Before a tree is first checked: a directory that `path.within` is given relative to `base` becomes absolute, and
 * `base` goes with it, for paths that are relative.
 */
export function anchor(root: ASTNode, base: string): void {
  for (const node of nodesOf(root)) {
    if (node.op !== "rcall" || node.args[0] !== "within") continue;
    const [, , args] = node.args;
    const directory = args[1];
    if (directory?.op !== "value" || typeof directory.args !== "string" || args.length !== 2) continue;
    const given = directory.args;
    if (given !== "" && !isDirectory(given)) (directory as { args: unknown }).args = resolve(base, given);
    // Only the library can make a node, so the text is parsed for it.
    args.push(LANGUAGE.parse(JSON.stringify(base)).ast);
  }
}

/** A condition as it is evaluated: with its directories anchored, where there is a `base`, and its calls renamed. */
export function parsed(text: string, base?: string): ParseResult {
  const result = LANGUAGE.parse(text);
  if (base !== undefined) anchor(result.ast, base);
  rename(result.ast);
  return result;
}
