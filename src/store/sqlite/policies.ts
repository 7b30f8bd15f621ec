import type { DatabaseSync } from "node:sqlite";
import { ROOT_TENANT } from "../../call/permission.ts";
import { ACT_COLUMNS, actCells } from "../acts.ts";
import {
  type CountRow,
  isPrefix,
  keptPolicy,
  type KeptPolicy,
  type Policies,
  policyAct,
  type PolicyChange,
  type PolicyRow,
  talliesOf,
  textsToStore,
} from "../policies.ts";

/** Versions of policy in a SQLite file. Written rarely and in single statements, so by the connection that reads. */
export function sqlitePolicies(db: DatabaseSync): Policies {
  const get = db.prepare("select version, at, who, texts from policies where version = ?");
  const keep = db.prepare("insert or ignore into policies (version, at, who, texts) values (?, ?, ?, ?)");
  const versions = db.prepare(
    "select version, at, who from policies where version like ? || '%' order by at desc, version limit ?",
  );
  const changes = db.prepare("select * from policy_changes order by seq desc limit ?");
  const change = db.prepare(
    `insert or ignore into policy_changes (seq, at, who, act, before, after, message, state)
     values (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const acted = db.prepare(
    `insert into acts (${ACT_COLUMNS.join(", ")}) values (${ACT_COLUMNS.map(() => "?").join(", ")})`,
  );
  const count = db.prepare(
    `insert into policy_counts (seq, part, calls, denied) values (?1, ?2, ?3, ?4)
     on conflict (seq, part) do update set calls = calls + ?3, denied = denied + ?4`,
  );
  const tallies = db.prepare("select part, calls, denied from policy_counts where seq = ?");
  return {
    async keep({ version, at, who, ...rest }) {
      if (get.get(version) === undefined) keep.run(version, at, who, textsToStore(rest));
    },
    async get(version) {
      const row = get.get(version);
      return row === undefined ? undefined : keptPolicy(row as unknown as PolicyRow);
    },
    async versions(prefix, limit) {
      if (!isPrefix(prefix)) return [];
      return versions.all(prefix, limit) as unknown as readonly Omit<KeptPolicy, "texts">[];
    },
    async changes(limit) {
      return changes.all(limit) as unknown as readonly PolicyChange[];
    },
    async change(next) {
      const { seq, at, who, act, before, after, message, state } = next;
      db.exec("begin immediate");
      try {
        const first = Number(change.run(seq, at, who, act, before, after, message, state).changes) === 1;
        if (first) acted.run(...actCells(ROOT_TENANT, policyAct(next)));
        db.exec("commit");
        return first;
      } catch (error) {
        if (db.isTransaction) db.exec("rollback");
        throw error;
      }
    },
    async count(seq, part, { calls, denied }) {
      // What was counted in the last moment before a loss of power is no record: it need not wait for the disk.
      db.exec("pragma synchronous = normal");
      try {
        count.run(seq, part, calls, denied);
      } finally {
        db.exec("pragma synchronous = full");
      }
    },
    async tallies(seq) {
      return talliesOf(tallies.all(seq) as unknown as readonly CountRow[]);
    },
  };
}
