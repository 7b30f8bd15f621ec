import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import type { Edit } from "../../call/verdict.ts";
import type { Frame, RequestId } from "../frame.ts";
import { isSound } from "../param-headers.ts";
import { META } from "../revision.ts";
import {
  AFTER_SCHEMA,
  AFTER_VALUE,
  BEFORE_SCHEMA,
  BEFORE_VALUE,
  isWrapped,
  movedReferences,
} from "./output-schema.ts";
import { replaced } from "./raw.ts";
import { TASKS } from "./to-legacy.ts";

/** Members that results have since 2026-07-28 and had never before. */
const NEWER = ["resultType", "ttlMs", "cacheScope"];

/** What kind of result it is; one that does not say is complete (2026-07-28, basic/index, results). */
export function resultTypeOf(result: JsonObject): Json {
  return member(result, "resultType") ?? "complete";
}

/**
 * A complete result as a legacy client knows it, under its own id. Lists and results of tools whose output is no object
 * have it as `{result: …}`; `wraps` says that the schema of the tool that was called was listed so. Every other byte stays.
 */
export function resultToLegacy(frame: Frame, id: RequestId, method: string, wraps: boolean): Frame {
  const { message } = frame;
  if (message.kind !== "result") throw new TypeError("only a result can be translated as one");
  const { result } = message;
  const edits = newerMembers(result);
  if (message.id !== id) edits.push({ kind: "set", path: ["id"], to: id });
  if (method === "tools/list") return listToLegacy(frame, result, edits);
  const plain = frame.edit(edits);
  if (method !== "tools/call") return plain;
  const output = member(result, "structuredContent");
  if (output === undefined || (isObject(output) && !wraps)) return plain;
  const path = ["result", "structuredContent"];
  return replaced(plain, [{ path, to: (old) => [BEFORE_VALUE, old, AFTER_VALUE] }]);
}

function newerMembers(result: JsonObject): Edit[] {
  return NEWER.flatMap((key) =>
    Object.hasOwn(result, key) ? [{ kind: "remove", path: ["result", key] }] : [],
  );
}

/** A page of `tools/list` without tools whose `x-mcp-header` is not valid, which no client over HTTP may show. */
export function soundTools(frame: Frame): Frame {
  const { message } = frame;
  const tools = message.kind === "result" ? member(message.result, "tools") : undefined;
  if (!Array.isArray(tools)) return frame;
  return frame.edit(
    (tools as readonly Json[]).flatMap((tool, at) =>
      isSound(member(tool, "inputSchema")) ? [] : [{ kind: "remove", path: ["result", "tools", at] }],
    ),
  );
}

function listToLegacy(frame: Frame, result: JsonObject, edits: readonly Edit[]): Frame {
  const tools = member(result, "tools");
  const found = (Array.isArray(tools) ? (tools as readonly Json[]) : []).flatMap((tool, at) => {
    const schema = member(tool, "outputSchema");
    return isWrapped(schema) ? [{ schema, path: ["result", "tools", at, "outputSchema"] }] : [];
  });
  const moved = found.flatMap(({ schema, path }) => movedReferences(schema, path));
  return replaced(
    frame.edit([...edits, ...moved]),
    found.map(({ path }) => ({ path, to: (old) => [BEFORE_SCHEMA, old, AFTER_SCHEMA] })),
  );
}

/**
 * A `DiscoverResult` as an `InitializeResult` of this revision. Capabilities are open sets and stay as they are, but for
 * tasks, whose results a legacy client could not take. `server` names one that does not name itself.
 */
export function discoveryToLegacy(frame: Frame, id: RequestId, revision: string, server: string): Frame {
  const { message } = frame;
  if (message.kind !== "result") throw new TypeError("only a result can be translated as one");
  const { result } = message;
  const meta = member(result, "_meta");
  const info = member(meta, META.server_info);
  const edits: Edit[] = [
    ...newerMembers(result),
    { kind: "remove", path: ["result", "supportedVersions"] },
    { kind: "set", path: ["result", "protocolVersion"], to: revision },
    { kind: "set", path: ["result", "serverInfo"], to: named(info) ?? { name: server, version: "" } },
    ...capabilitiesToLegacy(member(result, "capabilities")),
  ];
  if (message.id !== id) edits.push({ kind: "set", path: ["id"], to: id });
  if (isObject(meta) && info !== undefined) {
    const alone = Object.keys(meta).length === 1;
    edits.push({ kind: "remove", path: ["result", "_meta", ...(alone ? [] : [META.server_info])] });
  }
  return frame.edit(edits);
}

function named(info: Json | undefined): JsonObject | undefined {
  const fit = typeof member(info, "name") === "string" && typeof member(info, "version") === "string";
  return fit && isObject(info) ? info : undefined;
}

function capabilitiesToLegacy(declared: Json | undefined): readonly Edit[] {
  const path = ["result", "capabilities"];
  if (!isObject(declared)) return [{ kind: "set", path, to: {} }];
  const edits: Edit[] = [];
  if (Object.hasOwn(declared, "tasks")) edits.push({ kind: "remove", path: [...path, "tasks"] });
  const extensions = member(declared, "extensions");
  if (isObject(extensions) && Object.hasOwn(extensions, TASKS))
    edits.push({ kind: "remove", path: [...path, "extensions", TASKS] });
  return edits;
}
