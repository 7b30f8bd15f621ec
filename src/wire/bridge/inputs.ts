import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import { decode, DEFAULT_BOUNDS, type Frame, frameOf, type Message, type RequestId } from "../frame.ts";
import { META } from "../revision.ts";
import { sliceAt } from "../slice.ts";

/** A question of a server on its way to a modern client: an entry of `inputRequests`. */
export interface Input {
  readonly key: string;
  readonly method: string;
  /** `params` in the server's own bytes, without what 2026-07-28 has no more; undefined where it has none. */
  readonly params: Buffer | undefined;
}

/** What a client sent for one key: the server's own words for it, nothing, or what is no answer to that question. */
export type Response =
  | { readonly kind: "given"; readonly result: Buffer; readonly accepted: boolean }
  | { readonly kind: "missing" | "wrong" };

/** Requests that may be answered by a question (2026-07-28, multi round-trip requests). */
const ANSWERABLE: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);
/** The error that sends a person to a page before the request can be served (2025-11-25, elicitation, URL mode). */
const URL_REQUIRED = -32042;
const URLS_MOST = 32;
const ACTIONS: ReadonlySet<unknown> = new Set(["accept", "decline", "cancel"]);

export function isAnswerable(method: string): boolean {
  return ANSWERABLE.has(method);
}

/** The capability that a client must have declared to be asked this; undefined for what no client of that era answers. */
export function neededFor({
  method,
  params,
}: {
  readonly method: string;
  readonly params: JsonObject;
}): JsonObject | undefined {
  switch (method) {
    case "elicitation/create":
      return { elicitation: member(params, "mode") === "url" ? { url: {} } : { form: {} } };
    case "sampling/createMessage":
      return { sampling: member(params, "tools") === undefined ? {} : { tools: {} } };
    case "roots/list":
      return { roots: {} };
    default:
      return undefined;
  }
}

/** Whether a capability is not declared. `elicitation: {}` is the form mode (2025-11-25 and later, elicitation). */
export function isUnmet(needed: JsonObject, declared: JsonObject): boolean {
  return Object.entries(needed).some(([name, modes]) => {
    const have = member(declared, name);
    if (!isObject(have)) return true;
    const plain = name === "elicitation" && Object.keys(have).length === 0;
    return Object.keys(isObject(modes) ? modes : {}).some(
      (mode) => !(plain && mode === "form") && !isObject(member(have, mode)),
    );
  });
}

/** A server's request as an entry of `inputRequests`. */
export function inputOf(key: string, frame: Frame): Input {
  const { message } = frame;
  if (message.kind !== "request") throw new TypeError("only a request asks");
  const path = (name: string): { readonly kind: "remove"; readonly path: readonly string[] } => ({
    kind: "remove",
    path: ["params", name],
  });
  const gone = ["task", "elicitationId", "_meta"].filter((name) => Object.hasOwn(message.params, name));
  const kept = frame.edit(gone.map(path));
  const params = sliceAt(kept.bytes, ["params"]);
  // A copy: a few bytes that wait must not keep the message that they came in.
  return { key, method: message.method, params: params === undefined ? undefined : Buffer.from(params) };
}

/** The pages that an error of a session sends a person to, as entries of `inputRequests`; none for every other answer. */
export function pagesIn(message: Message, keyOf: () => string): readonly Input[] {
  if (message.kind !== "error" || message.code !== URL_REQUIRED) return [];
  const pages = member(message.data, "elicitations");
  if (!Array.isArray(pages)) return [];
  return pages.slice(0, URLS_MOST).flatMap((page: Json) => {
    const url = member(page, "url");
    const text = member(page, "message");
    if (typeof url !== "string") return [];
    const params = { mode: "url", message: typeof text === "string" ? text : message.message, url };
    return [{ key: keyOf(), method: "elicitation/create", params: Buffer.from(JSON.stringify(params)) }];
  });
}

/** The result that asks (2026-07-28, `InputRequiredResult`). Never to be cached, so it says nothing of that. */
export function inputRequired(
  id: RequestId,
  inputs: readonly Input[],
  state: string,
  server_info: Json | undefined,
): Frame {
  const entries = inputs.map(({ key, method, params }) => {
    const more = params === undefined ? "" : `,"params":${params.toString("utf8")}`;
    return `${JSON.stringify(key)}:{"method":${JSON.stringify(method)}${more}}`;
  });
  const meta =
    server_info === undefined ? "" : `,"_meta":${JSON.stringify({ [META.server_info]: server_info })}`;
  const text = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"resultType":"input_required","inputRequests":{${entries.join(",")}},"requestState":${JSON.stringify(state)}${meta}}}`;
  const bytes = Buffer.from(text);
  // What it is made of was within the bounds of a server's message.
  return decode(bytes, { bytes: bytes.length, depth: DEFAULT_BOUNDS.depth + 4 });
}

/** What a client's retry says to one question. */
export function responseTo({ key, method }: Pick<Input, "key" | "method">, retry: Frame): Response {
  const { message } = retry;
  const all = message.kind === "request" ? member(message.params, "inputResponses") : undefined;
  const said = member(all, key);
  if (said === undefined) return { kind: "missing" };
  const result = sliceAt(retry.bytes, ["params", "inputResponses", key]);
  if (result === undefined || !isFit(method, said)) return { kind: "wrong" };
  return { kind: "given", result, accepted: member(said, "action") === "accept" };
}

function isFit(method: string, said: Json): boolean {
  if (!isObject(said)) return false;
  switch (method) {
    case "elicitation/create": {
      const content = said["content"];
      return ACTIONS.has(said["action"]) && (content === undefined || isObject(content));
    }
    case "sampling/createMessage":
      return (
        typeof said["role"] === "string" && typeof said["model"] === "string" && said["content"] !== undefined
      );
    case "roots/list":
      return Array.isArray(said["roots"]);
    default:
      return false;
  }
}

/** The response to a server's request, with the client's result as it wrote it. */
export function responseFrame(id: RequestId, result: Buffer): Frame {
  const bytes = Buffer.concat([
    Buffer.from(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":`),
    result,
    Buffer.from("}"),
  ]);
  return decode(bytes, { bytes: bytes.length, depth: DEFAULT_BOUNDS.depth + 1 });
}

/** What a server hears whose question no client will answer: called off where it has a word for that, else an error. */
export function calledOff(id: RequestId, method: string): Frame {
  return method === "elicitation/create"
    ? frameOf({ kind: "result", id, result: { action: "cancel" } })
    : frameOf({ kind: "error", id, code: 499, message: "The client did not answer." });
}
