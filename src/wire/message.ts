import { Fault } from "../call/fault.ts";
import { isObject, type Json } from "../call/json.ts";
import { alikeInRoot } from "./alike.ts";
import type { Message, RequestId } from "./frame.ts";

const NO_PARAMS = Object.freeze({});

function wrong(what: string): Fault {
  return new Fault("invalid-request", `This is no JSON-RPC 2.0 message: ${what}.`);
}

function isId(value: Json | undefined): value is RequestId {
  return typeof value === "string" || Number.isSafeInteger(value);
}

const ID = "`id` must be a string or an integer within ±(2^53 − 1)";

/**
 * What a parsed document says as a JSON-RPC 2.0 message. Members it does not know are let be.
 * Throws Fault `invalid-request` where it is none: params by position and results that are no object too, as MCP has it.
 */
export function messageOf(root: Json): Message {
  if (!isObject(root)) throw wrong("it is no object");
  const alike = alikeInRoot(root);
  if (alike !== undefined) throw wrong(`\`${alike.slice(0, 40)}\` could be read as another of its members`);
  if (root["jsonrpc"] !== "2.0") throw wrong('`jsonrpc` must be "2.0"');
  const { id, method, params, result, error } = root;
  if (method !== undefined) {
    if (typeof method !== "string") throw wrong("`method` must be a string");
    if (result !== undefined || error !== undefined) throw wrong("it has `method` and an answer at once");
    if (params !== undefined && !isObject(params)) throw wrong("`params` must be an object");
    if (id === undefined) return { kind: "notification", method, params: params ?? NO_PARAMS };
    if (!isId(id)) throw wrong(ID);
    return { kind: "request", id, method, params: params ?? NO_PARAMS };
  }
  if (result !== undefined) {
    if (error !== undefined) throw wrong("it has `result` and `error` at once");
    if (!isId(id)) throw wrong(ID);
    if (!isObject(result)) throw wrong("`result` must be an object");
    return { kind: "result", id, result };
  }
  if (error === undefined) throw wrong("it has neither `method` nor `result` nor `error`");
  if (!isObject(error)) throw wrong("`error` must be an object");
  const { code, message, data } = error;
  if (id !== undefined && id !== null && !isId(id)) throw wrong(`${ID}, or null`);
  if (typeof code !== "number" || !Number.isSafeInteger(code)) throw wrong("`error.code` must be an integer");
  if (typeof message !== "string") throw wrong("`error.message` must be a string");
  const at = { kind: "error", id: id ?? null, code, message } as const;
  return data === undefined ? at : { ...at, data };
}
