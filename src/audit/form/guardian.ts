import type { JsonObject } from "../../call/json.ts";
import {
  type CallEntry,
  type Entry,
  findingsOf,
  type KeptFinding,
  requestOf,
  stepsOf,
  text,
} from "../reading/entry.ts";

const LEVELS = { BLOCK: "WARNING", HOLD: "WARNING", REDACT: "INFO", ALLOW: "INFO" } as const;

function actionOf({ record }: CallEntry, findings: readonly KeptFinding[]): keyof typeof LEVELS {
  if (record.opened.verdict === "deny" || record.status === "denied") return "BLOCK";
  if (record.opened.verdict === "hold") return "HOLD";
  return findings.some(({ action }) => action === "mask") ? "REDACT" : "ALLOW";
}

const worst = (findings: readonly KeptFinding[]): number =>
  Math.max(0, ...findings.map(({ score }) => score ?? 0));

/** What each stage that ran said, and what was found there. */
function stages(detail: JsonObject | undefined, findings: readonly KeptFinding[]) {
  return stepsOf(detail).map((step) => {
    const name = text(step["stage"]) ?? "";
    const found = findings.filter(({ guard }) => guard === name);
    const us = step["us"];
    return [
      name,
      {
        score: worst(found),
        findings: found.map(({ class: of, severity, kind }) => ({ class: of, severity, kind: kind ?? null })),
        duration_ms: typeof us === "number" ? us / 1000 : 0,
        status: text(step["said"]) ?? "",
      },
    ] as const;
  });
}

/** One line of the JSON log that MCP Guardian writes. `security_score`: higher is worse; of a refused call always 1. */
export function guardianLine(entry: Entry): Readonly<Record<string, unknown>> {
  const timestamp = new Date(entry.at).toISOString();
  if (entry.kind === "act") {
    const { tenant, act } = entry.record;
    return {
      timestamp,
      level: act.outcome === "ok" ? "INFO" : "WARNING",
      logger: "mcp_guardian.admin",
      request_id: act.id,
      tenant_id: tenant,
      action: act.outcome === "ok" ? "ALLOW" : "BLOCK",
      security_score: act.outcome === "ok" ? 0 : 1,
      threats_detected: 0,
      plugin_results: {},
      message: `${act.action} ${act.object}`.trim(),
    };
  }
  const { record } = entry;
  const findings = findingsOf(record);
  const action = actionOf(entry, findings);
  return {
    timestamp,
    level: LEVELS[action],
    logger: "mcp_guardian.engine",
    request_id: requestOf(record),
    tenant_id: record.tenant,
    action,
    security_score: action === "BLOCK" ? 1 : worst(findings),
    threats_detected: findings.length,
    plugin_results: Object.fromEntries([
      ...stages(record.opened.detail, findings),
      ...stages(record.closed?.detail, findings),
    ]),
  };
}
