import { type Entry, keptText, requestOf } from "../reading/entry.ts";
import { atomTag } from "./atom.ts";

/** An entry as the security API of the MCP gateway for caches lists it: who, what, when, where, why, and what came of it. */
export function securityEntry(entry: Entry): Readonly<Record<string, unknown>> {
  const timestamp = new Date(entry.at).toISOString();
  if (entry.kind === "act") {
    const { tenant, act } = entry.record;
    return {
      id: act.id,
      timestamp,
      tenant,
      user_id: act.principal === "" ? "system" : act.principal,
      operation: act.action,
      resource: act.object,
      server: "portcullis",
      reason: act.action,
      outcome: act.outcome === "ok" ? "success" : "denied",
      session_id: null,
      correlation_id: act.id,
      classification: null,
      atom_tag: atomTag(entry),
    };
  }
  const { record } = entry;
  const { opened } = record;
  return {
    id: opened.call,
    timestamp,
    tenant: record.tenant,
    user_id: opened.principal,
    operation: opened.method,
    resource: opened.target,
    server: opened.server,
    reason: keptText(record, "why") ?? `rule ${opened.rule}`,
    outcome: record.status === "ok" ? "success" : record.status,
    session_id: opened.session ?? null,
    correlation_id: requestOf(record),
    classification: keptText(record, "classification") ?? null,
    atom_tag: atomTag(entry),
  };
}
