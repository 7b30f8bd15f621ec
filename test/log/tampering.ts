import type { FindingKind } from "../../src/audit/proof/finding.ts";

/** One way to tamper with the records of tenant `a`, in SQL over both engines. */
export interface Tampering {
  readonly name: string;
  readonly sql: string;
  /** What `audit verify` says first. */
  readonly kind: FindingKind;
  /** The record that it names: its index, or the beginning of what it is. */
  readonly record: number | string;
  /** Which tenant it is found in; `a` where it is not said. */
  readonly tenant?: string;
}

/** The id of the nth row of a kind in the log of `a`. */
const idAt = (index: number): string => `(select id from log_leaves where tenant = 'a' and idx = ${index})`;

/**
 * In an hour of `kept` the log of `a` has openings and ends by turns (0–19), then the question (20), the deed (21) and the act (22);
 * a second hour follows (23–45). Triggers are gone when these run.
 */
export const TAMPERINGS: readonly Tampering[] = [
  {
    name: "a decision is edited",
    sql: `update opened set verdict = 'deny' where tenant = 'a' and call = ${idAt(4)}`,
    kind: "altered",
    record: 4,
  },
  {
    name: "who asked is edited",
    sql: `update opened set principal = 'mallory' where tenant = 'a' and call = ${idAt(0)}`,
    kind: "altered",
    record: 0,
  },
  {
    name: "the policy version is edited",
    sql: `update opened set policy_version = 'sha256:q' where tenant = 'a' and call = ${idAt(8)}`,
    kind: "altered",
    record: 8,
  },
  {
    name: "arguments are edited",
    sql: `update opened set detail = replace(detail, 'tmp', 'etc') where tenant = 'a' and call = ${idAt(6)}`,
    kind: "altered",
    record: 6,
  },
  {
    name: "a time is edited",
    sql: `update opened set at = at - 1 where tenant = 'a' and call = ${idAt(10)}`,
    kind: "altered",
    record: 10,
  },
  {
    name: "how a call ended is edited",
    sql: `update closed set status = 'error' where tenant = 'a' and call = ${idAt(3)}`,
    kind: "altered",
    record: 3,
  },
  {
    name: "a question is edited",
    sql: `update approvals set question = replace(question, 'write_file', 'read_file') where tenant = 'a' and id = ${idAt(20)}`,
    kind: "altered",
    record: 20,
  },
  {
    name: "who approved is edited",
    sql: "update approval_acts set act = replace(act, 'grace', 'mallory') where tenant = 'a'",
    kind: "altered",
    record: 21,
  },
  {
    name: "an act is edited",
    sql: "update acts set outcome = 'refused' where tenant = 'a'",
    kind: "altered",
    record: 22,
  },
  {
    name: "a record is deleted",
    sql: `delete from opened where tenant = 'a' and call = ${idAt(2)}`,
    kind: "deleted",
    record: 2,
  },
  {
    name: "a record is deleted with its leaf",
    sql: `delete from acts where tenant = 'a' and id = ${idAt(22)}; delete from log_leaves where tenant = 'a' and idx = 22`,
    kind: "gap",
    record: 22,
  },
  {
    name: "the last records are deleted, with their leaves",
    sql: "delete from log_leaves where tenant = 'a' and idx >= 40",
    kind: "truncated",
    record: 40,
  },
  {
    name: "an act is inserted beside the log",
    sql: `insert into acts (seq, tenant, id, at, principal, action, object, outcome, detail)
      values (1000000, 'a', 'act_x', 1, '', 'key.made', 'k', 'ok', '{}'); delete from log_due`,
    kind: "inserted",
    record: "act act_x",
  },
  {
    name: "a leaf is taken away, so that its record seems not to be in the log",
    sql: `delete from log_leaves where tenant = 'a' and idx = 45`,
    kind: "truncated",
    record: 45,
  },
  {
    name: "two records change places",
    sql: `update opened set seq = -seq where tenant = 'a' and call in (${idAt(0)}, ${idAt(2)});
      update opened set seq = (select -sum(seq) from opened where tenant = 'a' and seq < 0) + seq
        where tenant = 'a' and seq < 0`,
    kind: "altered",
    record: 0,
  },
  {
    name: "two leaves change places",
    sql: `update log_leaves set idx = -1 where tenant = 'a' and idx = 4;
      update log_leaves set idx = 4 where tenant = 'a' and idx = 6;
      update log_leaves set idx = 6 where tenant = 'a' and idx = -1`,
    kind: "reordered",
    record: 5,
  },
  {
    name: "a record moves to another tenant",
    sql: `update opened set tenant = 'b' where tenant = 'a' and call = ${idAt(0)}`,
    kind: "deleted",
    record: 0,
  },
  {
    name: "a record moves to another tenant, which has it too much",
    sql: `update opened set tenant = 'b' where tenant = 'a' and call = ${idAt(0)}`,
    kind: "inserted",
    record: "opened call_",
    tenant: "b",
  },
  {
    name: "a checkpoint says another size",
    sql: "update log_checkpoints set note = replace(note, '\n23\n', '\n22\n') where tenant = 'a' and size = 23",
    kind: "signature",
    record: "",
  },
  {
    name: "what the next record is added to is edited",
    sql: "update log_trees set frontier = (select frontier from log_trees where tenant = 'b'), size = 2 where tenant = 'a'",
    kind: "tree",
    record: 2,
  },
];
