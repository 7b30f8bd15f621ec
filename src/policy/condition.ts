import {
  type ASTNode,
  EvaluationError,
  type ParseResult,
  TypeError as CelTypeError,
} from "@marcbachmann/cel-js";
import { type Account, accountOf } from "./account.ts";
import type { Facts, Variables } from "./facts.ts";
import { type Fault, faultAt, faultOf, plainWords } from "./fault.ts";
import { inexactAmong } from "./inexact.ts";
import { LANGUAGE } from "./language.ts";
import { literalFault, sourceOf } from "./literal.ts";
import { anchor, parsed, type Reading, readingOf } from "./reading.ts";

/** Why a condition gave no answer. `message` may name values of the call: for the operator, not for the model. */
export interface Failure {
  readonly kind: "failed" | "missing" | "too much" | "ambiguous" | "inexact";
  readonly message: string;
}

/** The condition of a rule, checked. Pure, and bounded in time by `COST_MAX` whatever the call. */
export interface Condition {
  readonly text: string;
  /** The variables it looks at: `args`, `now`, … */
  readonly reads: ReadonlySet<string>;
  /** Never throws. */
  test(facts: Facts): boolean | Failure;
  /** Which parts of it decided, and by which values; of a condition that gave an answer. Never throws. */
  readonly account: Account;
}

/** Steps of some 10 ns that one evaluation may take at most: about a second, for 4 MiB of the worst arguments. */
const COST_MAX = 100_000_000;

/** What a condition says whatever the call: a part without variables is worked out, `&&`, `||` and `!` follow from it. */
function constant(node: ASTNode): boolean | undefined {
  if (readingOf(node).names.size === 0) return evaluate(prepare(sourceOf(node)), undefined);
  if (node.op === "!_") {
    const inner = constant(node.args);
    return inner === undefined ? undefined : !inner;
  }
  if (node.op !== "&&" && node.op !== "||") return undefined;
  const absorbing = node.op === "||";
  const [left, right] = [constant(node.args[0]), constant(node.args[1])];
  if (left === absorbing || right === absorbing) return absorbing;
  return left === undefined || right === undefined ? undefined : !absorbing;
}

/** A parsed, renamed and type-checked expression. Throws the library's errors. */
function prepare(text: string, base?: string): ParseResult {
  const result = parsed(text, base);
  const checked = result.check();
  if (checked.error !== undefined) throw checked.error;
  if (checked.type !== "bool" && checked.type !== "dyn") {
    throw new CelTypeError({ message: `a condition is true or false, this is ${checked.type ?? "neither"}` });
  }
  return result;
}

function evaluate(expression: ParseResult, variables: Variables | undefined): boolean {
  const value: unknown = expression(variables);
  if (typeof value === "boolean") return value;
  throw new EvaluationError({ message: "a condition is true or false, this is neither" });
}

/** Why a condition may not be asked at all for this call. */
function obstacle(reading: Reading, facts: Facts): Failure | undefined {
  const { call } = facts;
  const readsResource = reading.names.has("resource") && call.target.kind === "tool";
  if (call.inexact.length > 0 && (readsResource || reading.names.has("args"))) {
    const members =
      reading.members === undefined
        ? undefined
        : new Set([...reading.members, ...(readsResource ? facts.resourceArgs : [])]);
    const path = inexactAmong(call, members);
    if (path !== undefined) return { kind: "inexact", message: path };
  }
  if (readsResource && (facts.resources().length > 1 || !facts.resourcesAreText())) {
    return {
      kind: "ambiguous",
      message: "several arguments name a resource, so that `resource` is not one; read `args`",
    };
  }
  const volume = facts.volume();
  if (volume.odd && reading.names.has("args"))
    return { kind: "failed", message: "an argument is called `__proto__`" };
  if (reading.cost(volume) > COST_MAX) {
    return { kind: "too much", message: "the arguments are too large for this condition" };
  }
  return undefined;
}

function conditionOf(text: string, expression: ParseResult, reading: Reading, account: Account): Condition {
  return Object.freeze({
    text,
    reads: reading.names,
    account,
    test: (facts: Facts): boolean | Failure => {
      try {
        return obstacle(reading, facts) ?? evaluate(expression, facts.variables());
      } catch (error) {
        if (!(error instanceof EvaluationError)) return { kind: "failed", message: String(error) };
        const kind =
          error.code === "no_such_key" || error.code === "index_out_of_bounds" ? "missing" : "failed";
        return { kind, message: plainWords(error.summary) };
      }
    },
  });
}

/**
 * Reads a condition. Bounded: 2,000 characters (by the schema), 500 nodes, 32 levels, and the work that its loops,
 * searches and patterns can be on one call's arguments, which is worked out before they are looked at.
 * `base` (absolute) is what a relative directory of `path.within` is relative to; without it such a one is a fault.
 * A condition that cannot be read, has a wrong type, or is false whatever the call comes back as a fault.
 */
export function parseCondition(text: string, base?: string): Condition | { readonly fault: Fault } {
  try {
    const bare = LANGUAGE.parse(text);
    if (base !== undefined) anchor(bare.ast, base);
    const fault = literalFault(bare.ast);
    if (fault !== undefined) return { fault };
    const reading = readingOf(bare.ast);
    const expression = prepare(text, base);
    if (constant(bare.ast) === false) {
      return { fault: faultAt(bare.ast, "is false whatever the call, so the rule can never match") };
    }
    return conditionOf(text, expression, reading, accountOf(text, base));
  } catch (error) {
    return { fault: faultOf(error, text) };
  }
}
