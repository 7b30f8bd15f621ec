import { type ASTNode, EvaluationError, serialize } from "@marcbachmann/cel-js";
import { type Fault, faultAt, plainWords } from "./fault.ts";
import { patternOf, REPLACED } from "./language.ts";
import { isRange } from "./net.ts";
import { isDirectory } from "./path.ts";
import { nodesOf, parsed, readingOf } from "./reading.ts";
import { wallClock } from "./zone.ts";

/** A part of a condition as text. The library writes a character beyond U+FFFF as two, and cannot read that again. */
export function sourceOf(node: ASTNode): string {
  return serialize(node).replaceAll(
    /(?<=(?<!\\)(?:\\\\)*)\\u(d[89ab][\da-f]{2})\\u(d[c-f][\da-f]{2})/g,
    (_, high: string, low: string) =>
      String.fromCharCode(Number.parseInt(high, 16), Number.parseInt(low, 16)),
  );
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

/** Literals that the library takes for something else than the language does. */
function oddFault(node: ASTNode): Fault | undefined {
  const written = (one: ASTNode): string => one.input.slice(one.start, one.end);
  if (node.op === "value" && (node.args as unknown) instanceof Uint8Array) {
    // oxlint-disable-next-line no-control-regex -- everything that is ASCII
    if (/[^\u0000-\u007f]/.test(written(node)))
      return faultAt(node, "bytes beyond ASCII are written as escapes", String.raw`such as b"\xc3\xbf"`);
  }
  if (node.op !== "list") return undefined;
  const unsigned = node.args.find((each) => each.op === "value" && /^\d\w*u$/i.test(written(each)));
  return (
    unsigned &&
    faultAt(unsigned, "an unsigned number in a list equals no number of a call", "leave out the u")
  );
}

/** A literal that a method takes and that is no such thing. */
function argumentFault(method: string, argument: ASTNode): Fault | undefined {
  if (argument.op !== "value" || typeof argument.args !== "string") return undefined;
  const text = argument.args;
  if (method === "within" && !isDirectory(text)) {
    return faultAt(argument, "the directory of path.within must be absolute", `such as "/srv/data"`);
  }
  if (method === "inRange" && !isRange(text))
    return faultAt(
      argument,
      "the range of net.inRange is no address and no CIDR range",
      `such as "10.0.0.0/8"`,
    );
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
export function literalFault(root: ASTNode): Fault | undefined {
  for (const node of nodesOf(root)) {
    if (node.op === "id" && node.args === "cel")
      return faultAt(node, "`cel.bind` is not part of the policy language");
    const odd = oddFault(node);
    if (odd !== undefined) return odd;
    const argument = node.op === "rcall" ? node.args[2].at(-1) : undefined;
    const fault =
      node.op === "rcall" && argument !== undefined ? argumentFault(node.args[0], argument) : undefined;
    if (fault !== undefined) return fault;
    if (node.op !== "call" || readingOf(node).names.size > 0) continue;
    const reason = tried(() => parsed(sourceOf(node))({}));
    if (reason !== undefined) return faultAt(node, reason);
  }
  return undefined;
}
