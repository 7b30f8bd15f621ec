import { isObject, member } from "../../call/json.ts";
import type { Edit } from "../../call/verdict.ts";
import { type Frame, frameOf, type Message, type RequestId } from "../frame.ts";
import { LEGACY } from "../legacy.ts";

/** Errors that revisions before 2026-07-28 do not know. */
export const HEADER_MISMATCH = -32020;
const MISSING_CAPABILITY = -32021;
export const UNSUPPORTED_VERSION = -32022;
/** The rest of the range that the specification keeps for itself (2026-07-28, basic/index, error codes). */
const NEWER_FIRST = -32020;
const NEWER_LAST = -32099;
const INTERNAL = -32603;

/**
 * A server's error as a legacy client knows it, under its own id. A capability that the client lacks is said in words: to
 * the model where there is a tool result to say it in, as servers of that era did. Codes that era has not become −32603.
 */
export function errorToLegacy(frame: Frame, id: RequestId, method: string): Frame {
  const { message } = frame;
  if (message.kind !== "error") throw new TypeError("only an error can be translated as one");
  if (message.code === MISSING_CAPABILITY) return lacking(message, id, method);
  const edits: Edit[] = message.id === id ? [] : [{ kind: "set", path: ["id"], to: id }];
  if (message.code <= NEWER_FIRST && message.code >= NEWER_LAST)
    edits.push({ kind: "set", path: ["error", "code"], to: INTERNAL });
  return frame.edit(edits);
}

function lacking({ data }: Extract<Message, { kind: "error" }>, id: RequestId, method: string): Frame {
  const required = member(data, "requiredCapabilities");
  const names = isObject(required) ? Object.keys(required).slice(0, 8).join(", ") : "";
  const what = names === "" ? "something" : names;
  const text = `This needs what the client does not offer: ${what}. Use a client that has it, or do without.`;
  return method === "tools/call"
    ? frameOf({ kind: "result", id, result: LEGACY.refusalResult(text, {}) })
    : frameOf({ kind: "error", id, code: INTERNAL, message: text });
}
