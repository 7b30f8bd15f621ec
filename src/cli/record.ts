import { member } from "../call/json.ts";
import type { CallRecord } from "../store/store.ts";

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
  };
}

/** `enforce`, unless the record says that the gate only watched. */
export function modeOf({ opened }: CallRecord): "enforce" | "observe" {
  return member(opened.detail, "mode") === "observe" ? "observe" : "enforce";
}

/** What was decided, as a person reads it: a verdict that was only recorded would have stopped the call. */
export function decisionText(record: CallRecord): string {
  const { verdict } = record.opened;
  return modeOf(record) === "observe" && verdict !== "allow" ? `would ${verdict}` : verdict;
}

/** The tool, prompt or resource; the method of a call that has none. */
export function targetText({ opened }: CallRecord): string {
  return opened.target === "" ? opened.method : opened.target;
}
