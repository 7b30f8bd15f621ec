import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import type { Json } from "../call/json.ts";
import { isObject } from "../call/json.ts";
import type { Whole } from "../detect/outsider.ts";
import { ANSWERS, hasArguments } from "../wire/arguments.ts";

/** What servers ask clients; the answer is a message of its own where it does not ride in a request. */
const QUESTIONS: ReadonlySet<string> = new Set([
  "elicitation/create",
  "sampling/createMessage",
  "roots/list",
]);

function named({ target, args, answers }: Call): Json {
  const name = target.kind === "tool" || target.kind === "prompt" ? target.name : "";
  return { name, arguments: args, ...(answers !== undefined && { [ANSWERS]: answers }) };
}

/** A request, or a client's answer to its server, for who judges it as a whole. */
export function wholeOfCall(call: Call): Whole {
  const { method, args, answers } = call;
  const [answer] = QUESTIONS.has(method) && isObject(answers) ? Object.values(answers) : [];
  if (answer !== undefined) return { event: method, phase: "response", payload: answer, root: 2 };
  const payload = hasArguments(method) ? named(call) : args;
  return { event: method, phase: "request", payload, root: 0 };
}

/** What comes back, or what a server says or asks on the way. */
export function wholeOfAnswer(answer: Answer, { method }: Call): Whole {
  switch (answer.kind) {
    case "result":
      return { event: method, phase: "response", payload: answer.result, root: 0 };
    case "error": {
      const { message, data } = answer;
      const payload = data === undefined ? { message } : { message, data };
      return { event: method, phase: "response", payload, root: 0 };
    }
    case "aside":
      return { event: answer.method, phase: "request", payload: answer.params, root: 0 };
  }
}
