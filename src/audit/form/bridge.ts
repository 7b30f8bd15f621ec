import { argsOf, type CallEntry, keptText } from "../reading/entry.ts";

const STATUSES = {
  ok: "success",
  error: "error",
  denied: "denied",
  held: "pending",
  open: "pending",
  unknown: "error",
} as const satisfies Readonly<Record<CallEntry["record"]["status"], string>>;

function errorOf({ record }: CallEntry): string | null {
  const { status } = record;
  if (status === "ok" || status === "open") return null;
  if (status === "unknown") return "the gate ended before the answer";
  return keptText(record, "why") ?? keptText(record, "fault") ?? status;
}

/** A call as the MCP Governance Bridge logs tools. `inputs`: null where arguments are not shown or not kept; answers are not kept. */
export function toolLog(entry: CallEntry): Readonly<Record<string, unknown>> {
  const { record } = entry;
  const { opened, closed } = record;
  const timeout = keptText(record, "fault") === "timeout";
  return {
    id: opened.call,
    session_id: opened.session ?? null,
    server_name: opened.server,
    tool_name: opened.target,
    event_type: closed === undefined ? "tool_invocation" : "tool_completion",
    start_time: new Date(opened.at).toISOString(),
    end_time: closed === undefined ? null : new Date(opened.at + closed.duration_us / 1000).toISOString(),
    duration_ms: closed === undefined ? null : Math.round(closed.duration_us / 1000),
    status: timeout ? "timeout" : STATUSES[record.status],
    inputs: argsOf(record) ?? null,
    outputs: null,
    output_bytes: closed?.size_bytes ?? null,
    error_message: errorOf(entry),
    principal: opened.principal,
  };
}

/** What was decided on a call, as the bridge logs its decisions. */
export function governanceLog(entry: CallEntry): Readonly<Record<string, unknown>> {
  const { opened } = entry.record;
  return {
    id: opened.call,
    timestamp: new Date(opened.at).toISOString(),
    server_name: opened.server,
    tool_name: opened.target,
    decision: opened.verdict === "allow" ? "allowed" : opened.verdict === "deny" ? "denied" : "held",
    policy_applied: {
      id: opened.rule,
      version: opened.policy_version,
      stage: opened.rule_source.startsWith("sha256:") ? "policy" : opened.rule_source,
    },
    reason: keptText(entry.record, "why") ?? null,
    principal: opened.principal,
    governance_version: "1.0",
  };
}
