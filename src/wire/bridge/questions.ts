import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import { decode, DEFAULT_BOUNDS, type Frame, type RequestId } from "../frame.ts";
import { sliceAt } from "../slice.ts";

type Asks = "elicitation/create" | "sampling/createMessage" | "roots/list";
const ASKS: ReadonlySet<unknown> = new Set<Asks>([
  "elicitation/create",
  "sampling/createMessage",
  "roots/list",
]);
/** Questions of one round. */
const QUESTIONS_MOST = 32;

/** One entry of `inputRequests`: what the server wants to know before it goes on. */
export interface Question {
  readonly key: string;
  readonly method: Asks;
  /** `params` as the server wrote them; undefined where it wrote none. */
  readonly params: Buffer | undefined;
  /** Where a person is to be sent (URL mode elicitation). */
  readonly url: string | undefined;
}

/** What an `InputRequiredResult` says, or why it is none that can be followed (SEP-2322). */
export type Required =
  | { readonly kind: "asked"; readonly questions: readonly Question[]; readonly state: string | undefined }
  | { readonly kind: "unfit"; readonly why: string };

const unfit = (why: string): Required => ({ kind: "unfit", why });

/**
 * Reads a result of type `input_required`. `capabilities` are the client's: what it did not declare may not be asked of it
 * (2026-07-28, multi round-trip requests).
 */
export function requiredBy(frame: Frame, capabilities: JsonObject): Required {
  const { message } = frame;
  if (message.kind !== "result") throw new TypeError("only a result can ask for input");
  const { result } = message;
  const state = member(result, "requestState");
  const asked = member(result, "inputRequests");
  if (state !== undefined && typeof state !== "string") return unfit("`requestState` is no string");
  if (asked !== undefined && !isObject(asked)) return unfit("`inputRequests` is no object");
  const entries = Object.entries(asked ?? {});
  if (entries.length === 0 && state === undefined) return unfit("it asks nothing and has no state");
  if (entries.length > QUESTIONS_MOST) return unfit(`it asks more than ${QUESTIONS_MOST} things at once`);
  const questions: Question[] = [];
  for (const [key, entry] of entries) {
    const method = member(entry, "method");
    const params = member(entry, "params");
    if (!isAsk(method)) return unfit("it asks what no client can answer");
    if (params !== undefined && !isObject(params)) return unfit("`params` of a question is no object");
    if (params === undefined && method !== "roots/list") return unfit("a question has no `params`");
    if (!isDeclared(method, params, capabilities))
      return unfit(`it asks ${method}, which the client did not declare`);
    const url = member(params, "mode") === "url" ? member(params, "url") : undefined;
    questions.push({
      key,
      method,
      params: sliceAt(frame.bytes, ["result", "inputRequests", key, "params"]),
      url: typeof url === "string" ? url : undefined,
    });
  }
  return { kind: "asked", questions, state };
}

function isAsk(method: Json | undefined): method is Asks {
  return ASKS.has(method);
}

/** A bare `elicitation: {}` means forms, as it did before there were modes. */
function isDeclared(method: Asks, params: JsonObject | undefined, capabilities: JsonObject): boolean {
  switch (method) {
    case "roots/list":
      return isObject(member(capabilities, "roots"));
    case "sampling/createMessage": {
      const sampling = member(capabilities, "sampling");
      const tools = member(params, "tools") !== undefined || member(params, "toolChoice") !== undefined;
      return isObject(sampling) && (!tools || isObject(member(sampling, "tools")));
    }
    case "elicitation/create": {
      const modes = member(capabilities, "elicitation");
      if (!isObject(modes)) return false;
      const url = member(modes, "url") !== undefined;
      return member(params, "mode") === "url" ? url : !url || member(modes, "form") !== undefined;
    }
  }
}

/**
 * The question as the request that a legacy client knows. `elicitation_id` is what 2025-11-25 wants of an elicitation in
 * URL mode and 2026-07-28 has no more.
 */
export function asRequest({ method, params, url }: Question, id: RequestId, elicitation_id: string): Frame {
  const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"method":${JSON.stringify(method)}`;
  const body = params === undefined ? "}" : `,"params":${params.toString("utf8")}}`;
  const text = Buffer.from(head + body);
  const frame = decode(text, { ...DEFAULT_BOUNDS, bytes: text.length });
  return url === undefined
    ? frame
    : frame.edit([{ kind: "set", path: ["params", "elicitationId"], to: elicitation_id }]);
}

/** The bytes of the answer inside a client's response. */
export function answerIn({ bytes }: Frame): Buffer {
  return sliceAt(bytes, ["result"]) ?? Buffer.from("{}");
}

/** The answer in the client's place where it gives none: an elicitation can be called off, the others have no such word. */
export function calledOff({ method }: Question): Buffer | undefined {
  return method === "elicitation/create" ? Buffer.from('{"action":"cancel"}') : undefined;
}

/** Whether the answer to an elicitation is a yes. */
export function isAgreed(answer: Buffer | undefined): boolean {
  return answer !== undefined && member(JSON.parse(answer.toString("utf8")) as Json, "action") === "accept";
}
