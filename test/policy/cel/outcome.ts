import { firstCallId } from "../../../src/call/id.ts";
import { parseCondition } from "../../../src/policy/condition.ts";
import { factsOf } from "../../../src/policy/facts.ts";
import type { Case } from "./cases.ts";

const FACTS = factsOf(
  {
    id: firstCallId(0),
    at: 0,
    principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "local-account" },
    client: undefined,
    era: "modern",
    server: "files",
    method: "tools/call",
    target: { kind: "tool", name: "read" },
    args: {},
    meta: {},
    inexact: [],
  },
  [],
  [],
);

/** What a condition comes to, and the words for it where it is refused at load or fails on the call. */
function tried(text: string): { readonly answer: boolean | "error"; readonly says: string } {
  const condition = parseCondition(text);
  if ("fault" in condition) {
    const { message } = condition.fault;
    // What is always false is refused as a rule that can never match: that is an answer.
    return { answer: message.startsWith("is false whatever") ? false : "error", says: message };
  }
  const answer = condition.test(FACTS);
  return typeof answer === "boolean" ? { answer, says: "" } : { answer: "error", says: answer.message };
}

/** The condition that holds where the case does: its variables are those of loops over one value each. */
function conditionOf({ expr, bindings = {}, want }: Case): string | undefined {
  const wanted = want.kind === "value" ? want.cel : undefined;
  const compared =
    wanted === undefined
      ? `(${expr}\n) == (${expr}\n)`
      : wanted === "(0.0 / 0.0)"
        ? `(${expr}\n) != (${expr}\n)`
        : `(${expr}\n) == ${wanted}`;
  let text = compared;
  for (const [name, value] of Object.entries(bindings)) {
    if (value === null || !/^[A-Za-z_]\w*$/.test(name)) return undefined;
    text = `[${value}].all(${name}, ${text})`;
  }
  return text;
}

/** Undefined where the condition language does what the case wants; otherwise what it does instead. */
export function deviation(one: Case): string | undefined {
  if (one.want.kind === "type") return "asks for the type of an expression, which nothing shows";
  if (one.want.kind === "beyond") return "asks for a value of protocol buffers or an unknown";
  const text = conditionOf(one);
  if (text === undefined) return "a variable that only protocol buffers or a container can give";
  const { answer, says } = tried(text);
  if (answer === (one.want.kind === "error" ? "error" : true)) return undefined;
  return answer === "error"
    ? says
    : `comes to another value${one.want.kind === "error" ? " than an error" : ""}`;
}
