import type { Answer } from "../call/answer.ts";
import type { ClientClaim, Era } from "../call/call.ts";
import type { FaultCode } from "../call/fault.ts";
import { isObject, member, type Json, type JsonObject } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";
import type { Message } from "./frame.ts";
import type { Duty } from "./methods.ts";

/** What a client says of itself and of its wishes: in `initialize` (legacy), or in each request (modern). */
interface Envelope {
  /** The revision it asks for, or undefined where it names none. */
  readonly revision: string | undefined;
  readonly client: ClientClaim | undefined;
  readonly capabilities: JsonObject | undefined;
}

/** What differs between the eras on the wire, and nothing else. */
export interface Codec {
  readonly era: Era;
  /** Oldest first. */
  readonly revisions: readonly string[];
  readonly duty: (method: string) => Duty;
  /** The tool result that says no: `isError: true`, one text block, and `_meta`. */
  readonly refusalResult: (text: string, meta: JsonObject) => JsonObject;
  /** The HTTP status that carries this fault to a client of this era. */
  readonly status: (code: FaultCode) => number;
  /** What a list result needs once it was filtered for one principal. Paths into `result`. */
  readonly markPrivate: (result: JsonObject) => readonly Edit[];
  /** Reads `params` of `initialize` (legacy) or of any request (modern). */
  readonly envelope: (params: JsonObject) => Envelope;
}

/** What a server's message is to the pipeline: the end of a call, or something said on the way. */
export function toAnswer(message: Message): Answer {
  switch (message.kind) {
    case "result":
      return { kind: "result", result: message.result };
    case "error":
      return message.data === undefined
        ? { kind: "error", code: message.code, message: message.message }
        : { kind: "error", code: message.code, message: message.message, data: message.data };
    case "request":
    case "notification":
      return { kind: "aside", method: message.method, params: message.params };
  }
}

/** `{name, version}` as an `Implementation` object claims it, or undefined where it names nobody. */
export function claimOf(info: Json | undefined): ClientClaim | undefined {
  const name = member(info, "name");
  const version = member(info, "version");
  return typeof name === "string" ? { name, version: typeof version === "string" ? version : "" } : undefined;
}

export function objectOf(value: Json | undefined): JsonObject | undefined {
  return isObject(value) ? value : undefined;
}

export function textOf(value: Json | undefined): string | undefined {
  return typeof value === "string" ? value : undefined;
}
