import { Fault } from "../../call/fault.ts";
import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import type { Edit } from "../../call/verdict.ts";
import type { Frame, RequestId } from "../frame.ts";
import { META, MODERN_REVISIONS } from "../revision.ts";
import { replaced } from "./raw.ts";
import { withoutTasks } from "./to-legacy.ts";

/** Methods that may come back with `input_required`, and are then asked again with what was answered (SEP-2322). */
export const ROUNDS: ReadonlySet<string> = new Set(["tools/call", "prompts/get", "resources/read"]);
/** What only the gate says for a legacy client, so none may come from the client itself. */
const RETRY = ["inputResponses", "requestState"];

/** Who a legacy client said it is when it began, as each modern request repeats it. */
export interface Self {
  /** Undefined where it did not say. */
  readonly info: JsonObject | undefined;
  readonly capabilities: JsonObject;
}

/** What of `params` of `initialize` goes into every request. Tasks of 2025-11-25 have no modern form, so nobody declares them. */
export function selfOf(params: JsonObject): Self {
  const info = member(params, "clientInfo");
  const declared = member(params, "capabilities");
  return {
    info: typeof member(info, "name") === "string" && isObject(info) ? info : undefined,
    capabilities: isObject(declared) ? withoutTasks(declared) : {},
  };
}

/** The `_meta` members that say who asks, and what log messages it wants (2026-07-28, basic/index). */
export function envelopeOf({ info, capabilities }: Self, level: string | undefined): JsonObject {
  return {
    [META.revision]: MODERN_REVISIONS[0],
    [META.client_capabilities]: capabilities,
    ...(info !== undefined && { [META.client_info]: info }),
    ...(level !== undefined && { [META.log_level]: level }),
  };
}

/**
 * A legacy client's message with the envelope spliced in; all else keeps its bytes, progress token and trace context too.
 * Throws Fault `invalid-params` where `_meta` is there and no object.
 */
export function toModern(frame: Frame, self: Self, level: string | undefined): Frame {
  const { message } = frame;
  if (!("method" in message)) throw new TypeError("only what has a method has an envelope");
  const { method, params } = message;
  const meta = member(params, "_meta");
  if (meta !== undefined && !isObject(meta)) {
    throw new Fault("invalid-params", "Invalid params: `_meta` must be an object.");
  }
  const edits: Edit[] = Object.entries(envelopeOf(self, level)).map(([key, to = null]) => ({
    kind: "set",
    path: ["params", "_meta", key],
    to,
  }));
  const foreign = ROUNDS.has(method) ? [...RETRY, ...(method === "tools/call" ? ["task"] : [])] : [];
  for (const key of foreign)
    if (Object.hasOwn(params, key)) edits.push({ kind: "remove", path: ["params", key] });
  return frame.edit(edits);
}

/**
 * The same request once more (SEP-2322): under its own id, with the answers as the client wrote them and the state as
 * the server gave it. `answers` is undefined where the server asked nothing.
 */
export function again(
  frame: Frame,
  id: RequestId,
  answers: ReadonlyMap<string, Buffer> | undefined,
  state: string | undefined,
): Frame {
  const edits: Edit[] = [{ kind: "set", path: ["id"], to: id }];
  if (state !== undefined) edits.push({ kind: "set", path: ["params", "requestState"], to: state });
  if (answers === undefined) return frame.edit(edits);
  const room: Json = Object.fromEntries([...answers.keys()].map((key) => [key, null]));
  edits.push({ kind: "set", path: ["params", "inputResponses"], to: room });
  return replaced(
    frame.edit(edits),
    [...answers].map(([key, bytes]) => ({ path: ["params", "inputResponses", key], to: () => [bytes] })),
  );
}
