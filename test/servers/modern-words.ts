// What tests of modern clients say, and how they answer what is asked of them.
import type { JsonObject } from "../../src/call/json.ts";
import type { Leg } from "../../src/upstream/leg.ts";
import type { Frame, RequestId } from "../../src/wire/frame.ts";
import { ask, request } from "./talk.ts";

export const ABLE: JsonObject = { elicitation: {}, sampling: {}, roots: {} };

/** `params._meta` of a client that can do so much. */
export function envelope(capabilities: JsonObject = ABLE, more: JsonObject = {}): JsonObject {
  return {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": capabilities,
    "io.modelcontextprotocol/clientInfo": { name: "test", version: "1" },
    ...more,
  };
}

export function calling(id: RequestId, name: string, args: JsonObject = {}, meta = envelope()): Frame {
  return request(id, "tools/call", { name, arguments: args, _meta: meta });
}

/** What a result of type `input_required` says. */
export interface Required {
  readonly state: string;
  readonly keys: readonly string[];
  readonly inputs: JsonObject;
}

/** The question that a request ends with. Throws where it ends otherwise. */
export async function required(leg: Leg, frame: Frame): Promise<Required> {
  const ending = await ask(leg, frame).ending;
  const message = ending.kind === "answer" ? ending.frame.message : undefined;
  const result = message?.kind === "result" ? message.result : {};
  if (result["resultType"] !== "input_required") throw new Error(JSON.stringify(message));
  const inputs = result["inputRequests"] as JsonObject;
  return { state: result["requestState"] as string, keys: Object.keys(inputs), inputs };
}

/** The same request again, with answers. */
export function again(frame: Frame, id: RequestId, state: string, responses: JsonObject): Frame {
  return frame.edit([
    { kind: "set", path: ["id"], to: id },
    { kind: "set", path: ["params", "requestState"], to: state },
    { kind: "set", path: ["params", "inputResponses"], to: responses },
  ]);
}

/** Every key answered with this name. */
export function named({ keys }: Required, name: string): JsonObject {
  return Object.fromEntries(keys.map((key) => [key, { action: "accept", content: { name } }]));
}
