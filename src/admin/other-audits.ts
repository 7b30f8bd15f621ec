import { governanceLog, toolLog } from "../audit/form/bridge.ts";
import { securityEntry } from "../audit/form/security-trail.ts";
import type { CallEntry } from "../audit/reading/entry.ts";
import { readPage } from "../audit/reading/page.ts";
import type { RecordQuery } from "../audit/reading/query.ts";
import type { GovernanceParts } from "./parts.ts";
import { type View, viewFor } from "./record-reading.ts";
import { hoursQuery, securityExportQuery, securityQuery } from "./record-shapes.ts";
import { sendExport } from "./records.ts";
import type { Routes } from "./routes.ts";

const HOUR_MS = 3_600_000;
const MOST = 1000;
const config = { permission: "records.read" } as const;

/** The newest calls that are looked for, as the reader may see them. */
async function calls(view: View, query: RecordQuery, limit: number): Promise<readonly CallEntry[]> {
  const found: CallEntry[] = [];
  let from: string | undefined;
  do {
    const page = await readPage(view.rows, query, limit - found.length, from);
    found.push(...page.items.map(view.redact).filter((entry) => entry.kind === "call"));
    from = page.next;
  } while (from !== undefined && found.length < limit);
  return found;
}

/** The lists of the MCP Governance Bridge: `GET /governance/tool-logs` and `/governance/violations`. */
function bridgeRoutes(app: Routes, parts: GovernanceParts): void {
  const since = (hours: number): number => parts.gate.now() - hours * HOUR_MS;
  // The description is of what is below its own address; docs/AUDIT.md has these.
  const schema = { hide: true, querystring: hoursQuery } as const;
  app.get("/governance/tool-logs", { config, schema }, async ({ credential, query }) => {
    const { hours = 24, server_name, limit = MOST, payload } = query;
    const what = `tool-logs ${server_name ?? ""}`.trim();
    const view = await viewFor(parts, credential, undefined, payload === "true", what);
    const found = await calls(
      view,
      {
        kinds: "calls",
        method: "tools/call",
        since: since(hours),
        order: "newest",
        ...(server_name !== undefined && { server: server_name }),
      },
      limit,
    );
    return found.map(toolLog);
  });
  app.get("/governance/violations", { config, schema }, async ({ credential, query }) => {
    const { hours = 24, server_name, limit = MOST, payload } = query;
    const view = await viewFor(parts, credential, undefined, payload === "true", "violations");
    const found = await calls(
      view,
      {
        kinds: "calls",
        verdict: "deny",
        since: since(hours),
        order: "newest",
        ...(server_name !== undefined && { server: server_name }),
      },
      limit,
    );
    return found.map(governanceLog);
  });
}

type SecurityQuery = Pick<
  ReturnType<typeof securityQuery.parse>,
  "user_id" | "operation" | "session_id" | "start_date" | "end_date"
>;

function asked(
  { user_id, operation, session_id, start_date, end_date }: SecurityQuery,
  order: RecordQuery["order"],
): RecordQuery {
  return {
    kinds: "all",
    order,
    ...(user_id !== undefined && { principal: user_id }),
    ...(operation !== undefined && { method: operation }),
    ...(session_id !== undefined && { session: session_id }),
    ...(start_date !== undefined && { since: Date.parse(start_date) }),
    ...(end_date !== undefined && { until: Date.parse(end_date) }),
  };
}

/** The trail of the MCP gateway for caches: `GET /api/cache/security/audit/trail` and `/export`. */
function securityRoutes(app: Routes, parts: GovernanceParts): void {
  app.get(
    "/api/cache/security/audit/trail",
    { config, schema: { hide: true, querystring: securityQuery } },
    async ({ credential, query }) => {
      const { limit = 100, cursor, ...named } = query;
      const view = await viewFor(parts, credential, undefined, false, "trail");
      const page = await readPage(view.rows, asked(named, "newest"), limit, cursor, view.redact);
      const entries = page.items.map((entry) => securityEntry(view.redact(entry)));
      return { entries, next_cursor: page.next ?? null };
    },
  );
  app.get(
    "/api/cache/security/audit/export",
    { config, schema: { hide: true, querystring: securityExportQuery } },
    async ({ credential, query }, reply) => {
      const { format = "json", ...named } = query;
      const who = { credential, tenant: credential.tenant };
      const what = { query: asked(named, "oldest"), form: format, level: "payload" } as const;
      return await sendExport(parts, reply, who, what);
    },
  );
}

/** The audit routes of other gates of this family, as views of the same records. */
export function otherAuditRoutes(app: Routes, parts: GovernanceParts): void {
  bridgeRoutes(app, parts);
  securityRoutes(app, parts);
}
