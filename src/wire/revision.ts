/** Revisions whose conversation begins with `initialize`, oldest first. */
export const LEGACY_REVISIONS = ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"] as const;
/** Revisions whose every request names its revision in `params._meta`. */
export const MODERN_REVISIONS = ["2026-07-28"] as const;

/** Reserved keys of `params._meta` and `result._meta` (2026-07-28, basic/index). */
export const META = {
  revision: "io.modelcontextprotocol/protocolVersion",
  client_info: "io.modelcontextprotocol/clientInfo",
  client_capabilities: "io.modelcontextprotocol/clientCapabilities",
  log_level: "io.modelcontextprotocol/logLevel",
  server_info: "io.modelcontextprotocol/serverInfo",
  subscription: "io.modelcontextprotocol/subscriptionId",
} as const;

/** Revisions are dates, so their order is that of their text. A date that nobody has defined yet is modern. */
export function isModern(revision: string): boolean {
  return revision >= MODERN_REVISIONS[0];
}
