import { member } from "../../call/json.ts";
import type { CallRecord } from "../../store/store.ts";
import { type Entry, findingsOf, modeOf, requestOf } from "../reading/entry.ts";
import { atomTag } from "./atom.ts";

/** One line of `logs --json`: the fields that other programs rely on, then what else a reader may want. */
export function lineOf(record: CallRecord): Readonly<Record<string, unknown>> {
  const { opened, closed } = record;
  return {
    id: opened.call,
    at: new Date(opened.at).toISOString(),
    tenant: record.tenant,
    principal: opened.principal,
    client: opened.client,
    server: opened.server,
    method: opened.method,
    tool: opened.target_kind === "tool" ? opened.target : null,
    verdict: opened.verdict,
    rule: opened.rule,
    args_digest: opened.args_digest,
    status: record.status,
    duration_ms: closed === undefined ? null : closed.duration_us / 1000,
    target_kind: opened.target_kind,
    target: opened.target,
    era: opened.era,
    mode: modeOf(record),
    rule_source: opened.rule_source,
    policy_version: opened.policy_version,
    session: opened.session ?? null,
    request_id: requestOf(record),
  };
}

/** An entry without anything that people, models or servers said: what somebody sees who may read records, and no payload. */
export function metadataOf(entry: Entry): Readonly<Record<string, unknown>> {
  if (entry.kind === "act") {
    const { tenant, act } = entry.record;
    const { id, at, principal, action, object, outcome } = act;
    const when = new Date(at).toISOString();
    return {
      kind: "act",
      id,
      at: when,
      tenant,
      principal,
      action,
      object,
      outcome,
      atom_tag: atomTag(entry),
    };
  }
  const { record } = entry;
  const { opened, closed } = record;
  const of = (name: string): unknown => member(opened.detail, name) ?? null;
  return {
    kind: "call",
    ...lineOf(record),
    ended_at: closed === undefined ? null : new Date(closed.at).toISOString(),
    intent: of("intent"),
    source: of("source"),
    roles: of("roles"),
    classification: of("classification"),
    approval: of("approval"),
    grant: of("grant"),
    cause: of("cause"),
    findings: findingsOf(record),
    request_bytes: opened.size_bytes,
    answer_bytes: closed?.size_bytes ?? null,
    answer_digest: closed === undefined || closed.answer_digest === "" ? null : closed.answer_digest,
    atom_tag: atomTag(entry),
  };
}

/** An entry with all that is kept of it. */
export function wholeOf(entry: Entry): Readonly<Record<string, unknown>> {
  if (entry.kind === "act") return { ...metadataOf(entry), detail: entry.record.act.detail };
  const { opened, closed } = entry.record;
  return { ...metadataOf(entry), asked: opened.detail, answered: closed?.detail ?? null };
}
