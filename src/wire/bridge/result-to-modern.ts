import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import type { Edit } from "../../call/verdict.ts";
import type { Frame, RequestId } from "../frame.ts";
import { META, MODERN_REVISIONS } from "../revision.ts";
import { withoutTasks } from "./to-legacy.ts";

/** Complete results that must say how long they may be kept, and by whom (2026-07-28, caching). */
const KEPT: ReadonlySet<string> = new Set([
  "server/discover",
  "tools/list",
  "prompts/list",
  "resources/list",
  "resources/templates/list",
  "resources/read",
]);
const NOT_FOUND_BEFORE = -32002;
const INVALID_PARAMS = -32602;
/** What a session says of itself does not change while it lasts. */
const DISCOVERED_MS = 60_000;

const set = (path: readonly string[], to: Json): Edit => ({ kind: "set", path, to });

/**
 * The end of a session's request as a modern client must hear it, under the id it
 * gave: `resultType`, cache hints that say "do not keep", `_meta.serverInfo`, and the error code of what is not found.
 */
export function answerToModern(
  method: string,
  frame: Frame,
  id: RequestId,
  server_info: Json | undefined,
): Frame {
  const { message } = frame;
  if (message.kind === "error") {
    const code = message.code === NOT_FOUND_BEFORE ? [set(["error", "code"], INVALID_PARAMS)] : [];
    return frame.edit([set(["id"], id), ...code]);
  }
  if (message.kind !== "result") throw new TypeError("only an answer ends a request");
  const kept = KEPT.has(method)
    ? [set(["result", "ttlMs"], 0), set(["result", "cacheScope"], "private")]
    : [];
  return frame.edit([
    set(["id"], id),
    set(["result", "resultType"], "complete"),
    ...kept,
    ...signed(message.result, server_info),
  ]);
}

/** Who answered, unless the server says it itself. */
function signed(result: JsonObject, server_info: Json | undefined): readonly Edit[] {
  if (server_info === undefined) return [];
  const meta = member(result, "_meta");
  if (meta !== undefined && !isObject(meta))
    return [set(["result", "_meta"], { [META.server_info]: server_info })];
  return member(meta, META.server_info) === undefined
    ? [set(["result", "_meta", META.server_info], server_info)]
    : [];
}

/** The `DiscoverResult` that a session's `InitializeResult` stands for. It is one principal's, so nobody else's. */
export function discoveryOf(greeting: JsonObject): JsonObject {
  const capabilities = member(greeting, "capabilities");
  const instructions = member(greeting, "instructions");
  const server_info = member(greeting, "serverInfo");
  return {
    resultType: "complete",
    supportedVersions: [...MODERN_REVISIONS],
    capabilities: isObject(capabilities) ? withoutTasks(capabilities) : {},
    ...(typeof instructions === "string" && { instructions }),
    ttlMs: DISCOVERED_MS,
    cacheScope: "private",
    ...(isObject(server_info) && { _meta: { [META.server_info]: server_info } }),
  };
}
