import { type ASTNode, EvaluationError, ParseError, TypeError as CelTypeError } from "@marcbachmann/cel-js";
import { nearest } from "../document/nearest.ts";
import { ClientFacts, PrincipalFacts } from "./facts.ts";
import { hintFor } from "./hint.ts";
import { REPLACED, VARIABLES } from "./language.ts";

/** What is wrong with a condition, and which part of its text. */
export interface Fault {
  readonly message: string;
  readonly hint: string | undefined;
  readonly offset: number;
  readonly length: number;
}

const FIELDS = [
  new PrincipalFacts({ id: "", tenant: "", roles: [], scopes: [], source: "anonymous" }),
  new ClientFacts("", ""),
].flatMap((facts) => Object.keys(facts));

/** A fault of one part of a condition. */
export function faultAt(node: ASTNode, message: string, hint?: string): Fault {
  return { message, hint, offset: node.start, length: node.end - node.start };
}

/** In the words of a person who never saw the names under which we registered our own functions. */
export function plainWords(text: string): string {
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

/** What the library says of a text that it cannot read or check; it has errors of its own, and ones that it did not mean to have. */
export function faultOf(error: unknown, text: string): Fault {
  if (!(error instanceof ParseError || error instanceof CelTypeError || error instanceof EvaluationError)) {
    const reason = error instanceof Error ? error.message : String(error);
    return { message: `cannot be checked: ${reason}`, hint: undefined, offset: 0, length: text.length };
  }
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
