import type { ASTNode, ParseResult } from "@marcbachmann/cel-js";
import type { JsonObject } from "../call/json.ts";
import type { Facts, Variables } from "./facts.ts";
import { LANGUAGE, VARIABLES } from "./language.ts";
import { sourceOf } from "./literal.ts";
import { inside, LOOPS, parsed } from "./reading.ts";

/** A part of a condition that decided what the whole of it came to. */
export interface Part {
  readonly text: string;
  readonly outcome: boolean;
  /** What it looked at, as it may be shown: `args.amount` and `2000`. */
  readonly values: readonly { readonly of: string; readonly value: string }[];
}

/** `call` is looked at, `shown` is what may be shown of its arguments. */
export type Account = (facts: Facts, shown: JsonObject) => readonly Part[];

const VALUE_CHARS = 80;

function shownValue(value: unknown): string {
  const text =
    value instanceof Date
      ? value.toISOString()
      : (JSON.stringify(value, (_, one: unknown) => (typeof one === "bigint" ? Number(one) : one)) ?? "");
  return text.length > VALUE_CHARS ? `${text.slice(0, VALUE_CHARS)}…` : text;
}

/** Whether a node is a variable, a member of one, or a number that is taken from one: `args.a["b"]`, `size(args.a)`. */
function isRead(node: ASTNode): boolean {
  if (node.op === "id") return Object.hasOwn(VARIABLES, node.args);
  if (node.op === ".") return isRead(node.args[0]);
  if (node.op === "[]") return isRead(node.args[0]) && node.args[1].op === "value";
  if (node.op === "call") return node.args[0] === "size" && node.args[1].every(isRead);
  if (node.op !== "rcall" || !/^(?:size|get[A-Z]\w*)$/.test(node.args[0])) return false;
  return isRead(node.args[1]) && node.args[2].every(({ op }) => op === "value");
}

/** What a part looks at, without the variables of its loops. */
function readsOf(node: ASTNode): readonly string[] {
  if (isRead(node)) return [sourceOf(node)];
  if (node.op === "rcall" && LOOPS.has(node.args[0])) return readsOf(node.args[1]);
  return inside(node).flatMap(readsOf);
}

/** Tells which parts of a condition decided, and by which values. It is read again, and compiled, when that is asked first. */
export function accountOf(condition: string, base: string | undefined): Account {
  let root: ASTNode | undefined;
  const known = new Map<string, ParseResult>();
  const value = (text: string, variables: Variables): unknown => {
    const expression = known.get(text) ?? parsed(text, base);
    known.set(text, expression);
    try {
      return expression(variables);
    } catch {
      return undefined;
    }
  };
  const partsOf = (node: ASTNode, facts: Facts, seen: Variables): readonly Part[] => {
    const variables = facts.variables();
    if (node.op === "!_") return partsOf(node.args, facts, seen);
    const outcome = value(sourceOf(node), variables);
    if (node.op === "&&" || node.op === "||") {
      const sides = node.args.filter((side) => {
        const one = value(sourceOf(side), variables);
        // One side that decides decides; where none does, both were needed.
        return outcome === (node.op === "||") ? one === outcome : typeof one === "boolean";
      });
      return sides.flatMap((side) => partsOf(side, facts, seen));
    }
    if (typeof outcome !== "boolean") return [];
    const values = [...new Set(readsOf(node))].map((of) => {
      const read = value(of, seen);
      return { of, value: read === undefined ? "not there" : shownValue(read) };
    });
    return [{ text: sourceOf(node), outcome, values }];
  };
  return (facts, shown) => {
    root ??= LANGUAGE.parse(condition).ast;
    return partsOf(root, facts, { ...facts.variables(), args: shown });
  };
}
