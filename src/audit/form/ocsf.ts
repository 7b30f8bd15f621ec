import { type CallEntry, type Entry, findingsOf, keptText, requestOf } from "../reading/entry.ts";
import { severityOf } from "./severity.ts";

/** Open Cybersecurity Schema Framework: category Application Activity, class API Activity. */
const OCSF = "1.5.0";
const CLASS = 6003;
const CATEGORY = 6;
/** Create, Read, Update, Delete; Other. */
const ACTIVITIES: Readonly<Record<string, readonly [id: number, name: string]>> = {
  read: [2, "Read"],
  write: [3, "Update"],
  delete: [4, "Delete"],
  execute: [99, "Execute"],
  unknown: [0, "Unknown"],
};
const DISPOSITIONS = { allow: [1, "Allowed"], deny: [2, "Blocked"], hold: [99, "Held"] } as const;
/** The schema's steps: 1 informational, 2 low, 3 medium, 4 high, 5 critical. */
const STEPS = [1, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5] as const;
const STEP_NAMES = ["", "Informational", "Low", "Medium", "High", "Critical"] as const;

export interface OcsfSource {
  readonly version: string;
}

function common(entry: Entry, { version }: OcsfSource, activity: readonly [number, string]) {
  const step = STEPS[severityOf(entry)] ?? 1;
  return {
    activity_id: activity[0],
    activity_name: activity[1],
    category_uid: CATEGORY,
    category_name: "Application Activity",
    class_uid: CLASS,
    class_name: "API Activity",
    type_uid: CLASS * 100 + activity[0],
    type_name: `API Activity: ${activity[1]}`,
    severity_id: step,
    severity: STEP_NAMES[step],
    time: entry.at,
    metadata: {
      version: OCSF,
      profiles: ["security_control"],
      product: { name: "Portcullis", vendor_name: "Portcullis", version },
      log_name: entry.kind,
      uid: entry.id,
      tenant_uid: entry.record.tenant,
    },
  };
}

function ofAct(entry: Extract<Entry, { readonly kind: "act" }>, source: OcsfSource) {
  const { act } = entry.record;
  const who = act.principal === "" ? "portcullis" : act.principal;
  const fine = act.outcome === "ok";
  return {
    ...common(entry, source, [99, act.action]),
    status_id: fine ? 1 : 2,
    status: fine ? "Success" : "Failure",
    action_id: fine ? 1 : 2,
    action: fine ? "Allowed" : "Denied",
    message: `${act.action} ${act.object}`.trim(),
    actor: { user: { name: who } },
    api: { operation: act.action, service: { name: "portcullis" } },
    src_endpoint: { name: who },
    resources: [{ name: act.object }],
    unmapped: { detail: act.detail },
  };
}

const STATUSES: Readonly<Record<CallEntry["record"]["status"], readonly [number, string]>> = {
  ok: [1, "Success"],
  error: [2, "Failure"],
  denied: [2, "Failure"],
  held: [99, "Held"],
  open: [99, "Open"],
  unknown: [0, "Unknown"],
};

function ofCall(entry: CallEntry, source: OcsfSource) {
  const { record } = entry;
  const { opened, closed } = record;
  const [status_id, status] = STATUSES[record.status];
  const [disposition_id, disposition] = DISPOSITIONS[opened.verdict];
  const action_id = opened.verdict === "allow" ? 1 : opened.verdict === "deny" ? 2 : 99;
  const why = keptText(record, "why");
  return {
    ...common(entry, source, ACTIVITIES[keptText(record, "intent") ?? "unknown"] ?? [0, "Unknown"]),
    status_id,
    status,
    status_code: record.status,
    ...(why !== undefined && { status_detail: why }),
    action_id,
    action: opened.verdict,
    disposition_id,
    disposition,
    policy: { name: opened.rule, version: opened.policy_version },
    message: `${opened.method} ${opened.target}`.trim(),
    actor: {
      user: { name: opened.principal },
      ...(opened.session !== undefined && { session: { uid: opened.session } }),
      ...(opened.client !== "" && { app_name: opened.client }),
    },
    api: {
      operation: opened.target === "" ? opened.method : opened.target,
      request: { uid: opened.call },
      ...(opened.server !== "" && { service: { name: opened.server } }),
    },
    src_endpoint: { name: opened.client === "" ? opened.principal : opened.client },
    ...(opened.server !== "" && { dst_endpoint: { svc_name: opened.server } }),
    ...(opened.target !== "" && { resources: [{ name: opened.target, type: opened.target_kind }] }),
    unmapped: {
      method: opened.method,
      ...(closed !== undefined && { duration_ms: closed.duration_us / 1000 }),
      args_digest: opened.args_digest,
      findings: findingsOf(record),
      request_id: requestOf(record),
      ...(opened.detail["args"] !== undefined && { args: opened.detail["args"] }),
    },
  };
}

/** An entry as an event of OCSF 1.5, class API Activity with the profile of security controls. */
export function ocsfEvent(entry: Entry, source: OcsfSource): Readonly<Record<string, unknown>> {
  return entry.kind === "act" ? ofAct(entry, source) : ofCall(entry, source);
}
