import type { Era } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import { isObject, type Json, member } from "../call/json.ts";
import { mismatch, type Classified } from "./era.ts";
import { decodeMirrored, encodeMirrored, field, type HeaderFields } from "./field.ts";
import type { Frame, Message } from "./frame.ts";
import { paramFields, paramHeaders } from "./param-headers.ts";
import { LEGACY_REVISIONS, MODERN_REVISIONS } from "./revision.ts";

export type { HeaderFields } from "./field.ts";
export { checkParamHeaders } from "./param-headers.ts";

/** Which member of `params` the `Mcp-Name` header mirrors (SEP-2243, and SEP-2663 for tasks). */
const NAME_SOURCE: ReadonlyMap<string, string> = new Map([
  ["tools/call", "name"],
  ["prompts/get", "name"],
  ["resources/read", "uri"],
  ["tasks/get", "taskId"],
  ["tasks/update", "taskId"],
  ["tasks/cancel", "taskId"],
]);

function mirroredName(
  message: Message,
): { readonly source: string; readonly value: string | undefined } | undefined {
  if (!("method" in message)) return undefined;
  const source = NAME_SOURCE.get(message.method);
  if (source === undefined) return undefined;
  const value = member(message.params, source);
  return { source, value: typeof value === "string" ? value : undefined };
}

const missing = (header: string): Fault => mismatch("(missing)", `the required ${header} header is absent`);

/**
 * The required headers of a modern request (2026-07-28, basic/transports) against its body, in the order the
 * specification names them. Notifications need none. Fault `header-mismatch`, or undefined where all is well.
 */
export function checkModern(message: Message, headers: HeaderFields): Fault | undefined {
  if (message.kind !== "request") return undefined;
  if (field(headers, "mcp-protocol-version") === undefined) return missing("MCP-Protocol-Version");
  const method = field(headers, "mcp-method");
  if (method === undefined) return missing("Mcp-Method");
  if (method !== message.method)
    return mismatch(method, `the body names method ${message.method}, the Mcp-Method header another`);
  const mirrors = mirroredName(message);
  if (mirrors === undefined) return undefined;
  const header = field(headers, "mcp-name");
  if (header === undefined) return mirrors.value === undefined ? undefined : missing("Mcp-Name");
  const name = decodeMirrored(header);
  if (name === undefined) return mismatch(header, "the Mcp-Name header is not valid base64 of UTF-8");
  if (mirrors.value === undefined || mirrors.value === name) return undefined;
  return mismatch(
    header,
    `the body carries params.${mirrors.source} "${mirrors.value}", the Mcp-Name header another`,
  );
}

/** A legacy client may name only revisions that exist (2025-11-25, basic/transports); naming none is fine. */
export function checkRevision(headers: HeaderFields): Fault | undefined {
  const requested = field(headers, "mcp-protocol-version");
  if (requested === undefined || LEGACY_REVISIONS.some((known) => known === requested)) return undefined;
  return new Fault("unsupported-version", `Protocol revision ${requested} is not supported.`, {
    data: { supported: [...MODERN_REVISIONS, ...LEGACY_REVISIONS.toReversed()], requested },
  });
}

/** Whether the headers of an HTTP exchange agree with what its body was classified as. Stdio has no headers to check. */
export function checkHeaders(
  classified: Classified,
  frames: readonly Frame[],
  headers: HeaderFields,
): Fault | undefined {
  switch (classified.kind) {
    case "refused":
      return classified.fault;
    case "modern": {
      const message = frames[0]?.message;
      return message === undefined ? undefined : checkModern(message, headers);
    }
    case "legacy":
      return classified.reason === "initialize" ? undefined : checkRevision(headers);
  }
}

const FORWARDED: ReadonlySet<string> = new Set(["last-event-id", "traceparent", "tracestate", "baggage"]);
/** The gate has a session of its own with each server. */
const OWN = "mcp-session-id";

const REVISION = "mcp-protocol-version";

/**
 * What of a client's headers its server should see: in the modern era `Mcp-*` (unknown ones too), which were held
 * against the body; in the legacy one the revision only, because nothing there says what the others mean. In both
 * `Last-Event-ID` and trace context. All else stays here: credentials, cookies, host, hop-by-hop fields.
 */
export function forwardable(headers: HeaderFields, era: Era): Record<string, string | string[]> {
  const kept: Record<string, string | string[]> = {};
  // Not by entries: this is asked for with every request, and most fields stay behind.
  for (const name in headers) {
    const known = FORWARDED.has(name) || name === REVISION;
    if (!known && (era === "legacy" || !name.startsWith("mcp-") || name === OWN)) continue;
    const value = headers[name];
    if (value !== undefined) kept[name] = typeof value === "string" ? value : [...value];
  }
  return kept;
}

/** `mcp-method` and `mcp-name` as this message needs them, for when the gate changed what they mirror. */
export function mirrored({ message }: Frame): Record<string, string> {
  if (!("method" in message)) return {};
  const name = mirroredName(message)?.value;
  const headers = { "mcp-method": encodeMirrored(message.method) };
  return name === undefined ? headers : { ...headers, "mcp-name": encodeMirrored(name) };
}

/** Fields without those that mirror arguments, and with those that the arguments of this message need, where any did. */
export function mirroredArguments(
  fields: HeaderFields,
  inputSchema: Json | undefined,
  { message }: Frame,
): HeaderFields {
  const others = Object.entries(fields).filter(([name]) => !name.startsWith("mcp-param-"));
  if (others.length === Object.keys(fields).length || !("method" in message)) return fields;
  const args = member(message.params, "arguments");
  const own = isObject(args) ? paramFields(paramHeaders(inputSchema), args) : {};
  return { ...Object.fromEntries(others), ...own };
}
