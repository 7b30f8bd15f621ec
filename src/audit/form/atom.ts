import { type Entry, findingsOf, keptText, orderOf, requestOf } from "../reading/entry.ts";

const TYPES = {
  tool: "TOOL",
  prompt: "PROMPT",
  resource: "RESOURCE",
  task: "TASK",
  none: "REQUEST",
} as const;
const SLUG_CHARS = 40;

/** Letters, figures and single hyphens; what else there is, is left away. */
function slugOf(text: string): string {
  const slug = text
    .toLowerCase()
    .replaceAll(/[^a-z0-9]+/g, "-")
    .slice(0, SLUG_CHARS)
    .replaceAll(/^-+|-+$/g, "");
  return slug === "" ? "none" : slug;
}

/** Three figures that follow from an id. */
function numberOf(id: string): string {
  let sum = 0;
  for (const character of id) sum = (sum * 31 + character.charCodeAt(0)) % 1000;
  return String(sum).padStart(3, "0");
}

/**
 * `ATOM-<TYPE>-<YYYYMMDD>-<NNN>-<slug>`, the same for an entry whenever and wherever it is asked for: the kind of what was
 * called or done, the day (UTC), three figures of the id, and what it was with the last eight characters of the id, so
 * that no two entries have the same.
 */
export function atomTag(entry: Entry): string {
  const day = new Date(entry.at).toISOString().slice(0, 10).replaceAll("-", "");
  const { record } = entry;
  const [type, name] =
    "opened" in record
      ? [
          TYPES[record.opened.target_kind],
          record.opened.target_kind === "tool" ? record.opened.target : record.opened.method,
        ]
      : [
          (record.act.action.split(".")[0] ?? "").replaceAll(/[^a-z0-9]/g, "").toUpperCase(),
          record.act.action,
        ];
  return `ATOM-${type}-${day}-${numberOf(entry.id)}-${slugOf(name)}-${orderOf(entry.id).slice(-8)}`;
}

/** The last characters of the id that a tag is of, and its day; undefined where the text is no tag. */
export function parseAtomTag(
  text: string,
): { readonly since: number; readonly until: number; readonly ends: string } | undefined {
  const found = /^ATOM-[A-Z0-9]+-(\d{4})(\d{2})(\d{2})-\d{3}-[a-z0-9-]+-([0-9a-z]{8})$/.exec(text);
  if (found === null) return undefined;
  const since = Date.parse(`${found[1]}-${found[2]}-${found[3]}T00:00:00Z`);
  return Number.isNaN(since) ? undefined : { since, until: since + 86_400_000, ends: found[4] ?? "" };
}

/** One line of an ATOM trail: what was done, by whom, what for, and what came of it. */
export function atomLine(entry: Entry): Readonly<Record<string, unknown>> {
  const tag = atomTag(entry);
  const timestamp = new Date(entry.at).toISOString();
  if (entry.kind === "act") {
    const { tenant, act } = entry.record;
    const { principal, action, object, outcome, detail } = act;
    return {
      atom_tag: tag,
      id: act.id,
      timestamp,
      tenant,
      user: principal,
      operation: action,
      target: object,
      outcome,
      detail,
    };
  }
  const { record } = entry;
  const { opened, closed, tenant } = record;
  const declared = keptText(record, "declared_intent");
  return {
    atom_tag: tag,
    id: opened.call,
    timestamp,
    tenant,
    user: opened.principal,
    server: opened.server,
    operation: opened.target_kind === "tool" ? opened.target : opened.method,
    target: opened.target,
    intent: declared ?? keptText(record, "intent") ?? "unknown",
    intent_source: declared === undefined ? "derived" : "declared",
    decision: opened.verdict,
    policy: opened.rule,
    policy_version: opened.policy_version,
    approval: keptText(record, "approval") ?? null,
    args: opened.detail["args"] ?? null,
    args_digest: opened.args_digest,
    pii_types: [
      ...new Set(
        findingsOf(record)
          .filter((each) => each.class === "pii")
          .map((each) => each.kind ?? "pii"),
      ),
    ],
    outcome: record.status,
    duration_ms: closed === undefined ? null : closed.duration_us / 1000,
    size_bytes: opened.size_bytes,
    session: opened.session ?? null,
    request_id: requestOf(record),
    answer_digest: closed === undefined || closed.answer_digest === "" ? null : closed.answer_digest,
  };
}
