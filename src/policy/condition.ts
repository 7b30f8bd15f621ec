import {
  type ASTNode,
  EvaluationError,
  ParseError,
  type ParseResult,
  serialize,
  TypeError as CelTypeError,
} from "@marcbachmann/cel-js";
import { nearest } from "../document/nearest.ts";
import { ClientFacts, type Facts, PrincipalFacts, type Variables } from "./facts.ts";
import { hintFor } from "./hint.ts";
import { inexactAmong } from "./inexact.ts";
import { LANGUAGE, patternOf, REPLACED, VARIABLES } from "./language.ts";
import { isDirectory } from "./path.ts";
import { anchor, nodesOf, type Reading, readingOf, rename } from "./reading.ts";
import { wallClock } from "./zone.ts";

/** Why a condition gave no answer. `message` may name values of the call: for the operator, not for the model. */
export interface Failure {
  readonly kind: "failed" | "missing" | "too much" | "ambiguous" | "inexact";
  readonly message: string;
}

/** The condition of a rule, checked. Pure, and bounded in time by `COST_MAX` whatever the call. */
export interface Condition {
  readonly text: string;
  /** Never throws. */
  test(facts: Facts): boolean | Failure;
}

/** What is wrong with a condition, and which part of its text. */
export interface Fault {
  readonly message: string;
  readonly hint: string | undefined;
  readonly offset: number;
  readonly length: number;
}

/** Steps of some 10 ns that one evaluation may take at most: about a second, for 4 MiB of the worst arguments. */
const COST_MAX = 100_000_000;

const FIELDS = [
  new PrincipalFacts({ id: "", tenant: "", roles: [], scopes: [], source: "anonymous" }),
  new ClientFacts("", ""),
].flatMap((facts) => Object.keys(facts));

function faultAt(node: ASTNode, message: string, hint?: string): Fault {
  return { message, hint, offset: node.start, length: node.end - node.start };
}

/** In the words of a person who never saw the names under which we registered our own functions. */
function plainWords(text: string): string {
  let plain = text;
  for (const [name, ours] of REPLACED) plain = plain.replaceAll(ours, name);
  return plain
    .replaceAll("google.protobuf.Timestamp", "timestamp")
    .replaceAll("google.protobuf.Duration", "duration");
}

function didYouMean(word: string, candidates: readonly string[]): string {
  const near = nearest(word, candidates);
  return near === undefined ? `known here: ${candidates.join(", ")}` : `did you mean "${near}"?`;
}

function faultOf(error: unknown, text: string): Fault {
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError))
    throw error;
  const { start, end } = error.range ?? { start: 0, end: text.length };
  const unknown = /^Unknown variable: (\w+)/.exec(error.summary)?.[1];
  const member = /^No such key: (\w+)/.exec(error.summary)?.[1];
  const hint =
    unknown === undefined
      ? member === undefined
        ? hintFor(error.summary, text, start)
        : didYouMean(member, FIELDS)
      : didYouMean(unknown, [...Object.keys(VARIABLES), "path", "text"]);
  const summary = plainWords(error.summary);
  return {
    message: `${summary.charAt(0).toLowerCase()}${summary.slice(1)}`,
    hint,
    offset: start,
    length: end - start,
  };
}

function tried(attempt: () => unknown): string | undefined {
  try {
    attempt();
    return undefined;
  } catch (error) {
    const reason =
      error instanceof EvaluationError ? error.summary : error instanceof Error ? error.message : "";
    return plainWords(reason.replace(/^error parsing regexp: /, ""));
  }
}

/** A literal that a method takes and that is no such thing. */
function argumentFault(method: string, argument: ASTNode): Fault | undefined {
  if (argument.op !== "value" || typeof argument.args !== "string") return undefined;
  const text = argument.args;
  if (method === "within" && !isDirectory(text)) {
    return faultAt(argument, "the directory of path.within must be absolute", `such as "/srv/data"`);
  }
  if (method === "matches" || method === "found") {
    const reason = tried(() => patternOf(text));
    return reason === undefined ? undefined : faultAt(argument, `not a regular expression of RE2: ${reason}`);
  }
  if (!REPLACED.has(method)) return undefined;
  const reason = tried(() => wallClock(new Date(0), text));
  return reason === undefined
    ? undefined
    : faultAt(argument, "not a time zone", `such as "Europe/Amsterdam"`);
}

/** What the types do not show: literals that are not what they are taken for, and what the language leaves out. */
function literalFault(root: ASTNode): Fault | undefined {
  for (const node of nodesOf(root)) {
    if (node.op === "id" && node.args === "cel")
      return faultAt(node, "`cel.bind` is not part of the policy language");
    const argument = node.op === "rcall" ? node.args[2].at(-1) : undefined;
    const fault =
      node.op === "rcall" && argument !== undefined ? argumentFault(node.args[0], argument) : undefined;
    if (fault !== undefined) return fault;
    if (node.op !== "call" || readingOf(node).names.size > 0) continue;
    const reason = tried(() => parsed(serialize(node))({}));
    if (reason !== undefined) return faultAt(node, reason);
  }
  return undefined;
}

/** What a condition says whatever the call: a part without variables is worked out, `&&`, `||` and `!` follow from it. */
function constant(node: ASTNode): boolean | undefined {
  if (readingOf(node).names.size === 0) return evaluate(prepare(serialize(node)), undefined);
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

function parsed(text: string, base?: string): ParseResult {
  const result = LANGUAGE.parse(text);
  if (base !== undefined) anchor(result.ast, base);
  rename(result.ast);
  return result;
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

function conditionOf(text: string, expression: ParseResult, reading: Reading): Condition {
  return Object.freeze({
    text,
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
    return conditionOf(text, expression, reading);
  } catch (error) {
    return { fault: faultOf(error, text) };
  }
}
