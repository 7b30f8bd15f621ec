import { argsOf, type Entry, findingsOf, keptText, modeOf, requestOf } from "../reading/entry.ts";
import { atomTag } from "./atom.ts";

type Cell = string | number | boolean | Date | null;
type Type = "STRING" | "DOUBLE" | "INT64" | "TIMESTAMP" | "JSON";

interface Column {
  readonly name: string;
  readonly type: Type;
  readonly of: (entry: Entry) => Cell;
}

const call =
  (of: (record: Extract<Entry, { readonly kind: "call" }>["record"]) => Cell) =>
  (entry: Entry): Cell =>
    entry.kind === "call" ? of(entry.record) : null;
const act =
  (of: (record: Extract<Entry, { readonly kind: "act" }>["record"]) => Cell) =>
  (entry: Entry): Cell =>
    entry.kind === "act" ? of(entry.record) : null;

/** The columns of tables, CSV and Parquet: calls and acts in one. A column never changes its place or type; new ones go to the end. */
export const COLUMNS: readonly Column[] = [
  { name: "kind", type: "STRING", of: ({ kind }) => kind },
  { name: "id", type: "STRING", of: ({ id }) => id },
  { name: "at", type: "TIMESTAMP", of: ({ at }) => new Date(at) },
  { name: "tenant", type: "STRING", of: ({ record }) => record.tenant },
  {
    name: "principal",
    type: "STRING",
    of: (entry) => (entry.kind === "call" ? entry.record.opened.principal : entry.record.act.principal),
  },
  { name: "client", type: "STRING", of: call(({ opened }) => opened.client) },
  { name: "server", type: "STRING", of: call(({ opened }) => opened.server) },
  { name: "method", type: "STRING", of: call(({ opened }) => opened.method) },
  { name: "target_kind", type: "STRING", of: call(({ opened }) => opened.target_kind) },
  { name: "target", type: "STRING", of: call(({ opened }) => opened.target) },
  { name: "verdict", type: "STRING", of: call(({ opened }) => opened.verdict) },
  { name: "rule", type: "STRING", of: call(({ opened }) => opened.rule) },
  { name: "status", type: "STRING", of: call(({ status }) => status) },
  {
    name: "duration_ms",
    type: "DOUBLE",
    of: call(({ closed }) => (closed === undefined ? null : closed.duration_us / 1000)),
  },
  { name: "mode", type: "STRING", of: call(modeOf) },
  { name: "policy_version", type: "STRING", of: call(({ opened }) => opened.policy_version) },
  { name: "args_digest", type: "STRING", of: call(({ opened }) => opened.args_digest) },
  { name: "answer_digest", type: "STRING", of: call(({ closed }) => closed?.answer_digest ?? null) },
  { name: "request_bytes", type: "INT64", of: call(({ opened }) => opened.size_bytes) },
  { name: "answer_bytes", type: "INT64", of: call(({ closed }) => closed?.size_bytes ?? null) },
  { name: "approval", type: "STRING", of: call((record) => keptText(record, "approval") ?? null) },
  {
    name: "classification",
    type: "STRING",
    of: call((record) => keptText(record, "classification") ?? null),
  },
  {
    name: "findings",
    type: "STRING",
    of: call((record) => [...new Set(findingsOf(record).map((each) => each.class))].join(" ")),
  },
  {
    name: "args",
    type: "JSON",
    of: call((record) => {
      const args = argsOf(record);
      return args === undefined ? null : JSON.stringify(args);
    }),
  },
  { name: "action", type: "STRING", of: act(({ act: { action } }) => action) },
  { name: "object", type: "STRING", of: act(({ act: { object } }) => object) },
  { name: "outcome", type: "STRING", of: act(({ act: { outcome } }) => outcome) },
  { name: "detail", type: "JSON", of: act(({ act: { detail } }) => JSON.stringify(detail)) },
  { name: "atom_tag", type: "STRING", of: atomTag },
  { name: "session", type: "STRING", of: call(({ opened }) => opened.session ?? null) },
  { name: "request_id", type: "STRING", of: call(requestOf) },
];
