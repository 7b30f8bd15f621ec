import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import type { Edit } from "../../call/verdict.ts";
import { type Frame, frameOf, type RequestId } from "../frame.ts";
import { LEGACY_REVISIONS, META } from "../revision.ts";

/** Keys of `params._meta` that only the modern era knows. */
const ENVELOPE: readonly string[] = [
  META.revision,
  META.client_info,
  META.client_capabilities,
  META.log_level,
  META.subscription,
];
/** Members of `params` that answer a question of the round before, and a request to run as a task of 2025-11-25. */
const ROUND = ["inputResponses", "requestState", "task"];
/** The extension of 2026-07-28 that has tasks, under its name in `extensions`. */
export const TASKS = "io.modelcontextprotocol/tasks";

/** Methods that no server before 2026-07-28 is asked, and those that no client of 2026-07-28 may ask. */
const NOT_CARRIED: ReadonlySet<string> = new Set([
  "initialize",
  "ping",
  "logging/setLevel",
  "resources/subscribe",
  "resources/unsubscribe",
]);

/** Whether a request of a modern client has a counterpart in a session. Methods that nobody knows have. */
export function isCarried(method: string): boolean {
  return !NOT_CARRIED.has(method) && !method.startsWith("tasks/");
}

/** Without what has no counterpart between the eras: tasks. Capability objects are open sets, so all else stays. */
export function withoutTasks(capabilities: JsonObject): JsonObject {
  const { tasks: _, ...kept } = capabilities;
  const extensions = member(kept, "extensions");
  if (!isObject(extensions) || !Object.hasOwn(extensions, TASKS)) return kept;
  const { [TASKS]: __, ...others } = extensions;
  return { ...kept, extensions: others };
}

/** Who a modern client says it is, as a session must be told: a name and a version are required there. */
function clientInfo(info: Json | undefined): JsonObject {
  const given = isObject(info) ? info : {};
  return {
    ...given,
    name: typeof given["name"] === "string" ? given["name"] : "unknown",
    version: typeof given["version"] === "string" ? given["version"] : "0",
  };
}

/** `initialize` with the client's own capabilities and name, in the newest revision that knows sessions. */
export function initializeOf(id: RequestId, capabilities: JsonObject, info: Json | undefined): Frame {
  const params = {
    protocolVersion: LEGACY_REVISIONS.at(-1) ?? "",
    capabilities: withoutTasks(capabilities),
    clientInfo: clientInfo(info),
  };
  return frameOf({ kind: "request", id, method: "initialize", params });
}

/**
 * A modern request as a session knows it: without the envelope, under an id and a progress token that no other request
 * of the session has. Trace context and every other byte stay. `frame` must be a request.
 */
export function requestToLegacy(frame: Frame, id: RequestId): Frame {
  const { message } = frame;
  if (message.kind !== "request") throw new TypeError("only a request is asked");
  const edits: Edit[] = [{ kind: "set", path: ["id"], to: id }];
  for (const key of ROUND) if (Object.hasOwn(message.params, key)) edits.push(removed("params", key));
  const meta = member(message.params, "_meta");
  if (isObject(meta)) {
    const kept = Object.keys(meta).filter((key) => !ENVELOPE.includes(key));
    if (kept.length === 0) edits.push(removed("params", "_meta"));
    else {
      for (const key of ENVELOPE) if (Object.hasOwn(meta, key)) edits.push(removed("params", "_meta", key));
      if (kept.includes("progressToken"))
        edits.push({ kind: "set", path: ["params", "_meta", "progressToken"], to: id });
    }
  }
  return frame.edit(edits);
}

function removed(...path: readonly string[]): Edit {
  return { kind: "remove", path };
}

/** The progress token of a request, or undefined where it asks for no progress. */
export function progressTokenOf(params: JsonObject): RequestId | undefined {
  const token = member(member(params, "_meta"), "progressToken");
  return typeof token === "string" || typeof token === "number" ? token : undefined;
}
