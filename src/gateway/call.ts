import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import { isObject, type JsonObject, member } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";
import { ANSWERS, hasArguments, pathsInArguments } from "../wire/arguments.ts";
import { applyEdits } from "../wire/edit.ts";
import type { Frame } from "../wire/frame.ts";
import { argsOf, targetOf } from "../wire/methods.ts";
import type { RequestMessage } from "./addresses/address.ts";
import type { Conversation } from "./conversation.ts";
import type { Gate } from "./gate.ts";

const NOTHING: JsonObject = Object.freeze({});

/** What a request means, in the server's own names: the frame is the one that would be sent. */
export function callOf(
  gate: Gate,
  conversation: Conversation,
  frame: Frame,
  message: RequestMessage,
  server: string,
): Call {
  const at = gate.now();
  const meta = member(message.params, "_meta");
  const answers = member(message.params, ANSWERS);
  return {
    id: gate.newCallId(at),
    at,
    principal: conversation.principal,
    client: conversation.client,
    era: conversation.era,
    server,
    method: message.method,
    target: targetOf(message.method, message.params),
    args: argsOf(message.method, message.params),
    ...(answers !== undefined && { answers }),
    meta: isObject(meta) ? meta : NOTHING,
    inexact: frame.inexact.length === 0 ? [] : inexactArgs(frame, message),
  };
}

/** What stands for the stream that a server's messages come on when they belong to no call. */
export function streamCall(gate: Gate, conversation: Conversation, server: string): Call {
  const at = gate.now();
  const { principal, client, era } = conversation;
  return {
    id: gate.newCallId(at),
    at,
    principal,
    client,
    era,
    server,
    method: "stream",
    target: { kind: "none" },
    args: NOTHING,
    meta: NOTHING,
    inexact: [],
  };
}

export function requestOf({ message }: Frame): RequestMessage {
  if (message.kind !== "request") throw new Fault("internal", "an edit made a request something else");
  return message;
}

/** Numbers a double cannot hold, as paths into `args`; those elsewhere are not judged. */
function inexactArgs(frame: Frame, message: RequestMessage): readonly string[] {
  return pathsInArguments(message.method, frame.inexact);
}

/** How a stage's edits change a call: their paths lead into `params`, of which a call holds the arguments and answers. */
export function rewriteCall(call: Call, edits: readonly Edit[]): Call {
  const { method, args, answers } = call;
  const held = hasArguments(method) ? { arguments: args } : args;
  const params = applyEdits<JsonObject>(
    answers === undefined ? held : { ...held, [ANSWERS]: answers },
    edits,
  );
  const given = member(params, ANSWERS);
  return { ...call, args: argsOf(method, params), ...(given !== undefined && { answers: given }) };
}

/** How a stage's edits change an answer: their paths lead into `result`, `error`, or the `params` of an aside. */
export function rewriteAnswer(answer: Answer, edits: readonly Edit[]): Answer {
  switch (answer.kind) {
    case "result":
      return { ...answer, result: applyEdits(answer.result, edits) };
    case "aside":
      return { ...answer, params: applyEdits(answer.params, edits) };
    case "error": {
      const { kind, code, ...words } = answer;
      return { kind, code, ...applyEdits(words, edits) };
    }
  }
}

/** The same edits on the bytes, batch by batch, below one member of the message. */
export function editFrame(
  frame: Frame,
  under: "params" | "result" | "error",
  batches: readonly (readonly Edit[])[],
): Frame {
  return batches.reduce(
    (seen, edits) =>
      edits.length === 0 ? seen : seen.edit(edits.map((edit) => ({ ...edit, path: [under, ...edit.path] }))),
    frame,
  );
}
