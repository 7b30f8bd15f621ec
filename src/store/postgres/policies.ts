import type { Pool } from "pg";
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

/** The act is written where the change is, and only there. */
const CHANGE = `with changed as (
    insert into portcullis.policy_changes (seq, at, who, act, before, after, message, state)
    values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict (seq) do nothing returning 1)
  insert into portcullis.acts (${ACT_COLUMNS.join(", ")})
  select ${ACT_COLUMNS.map((column, at) => `$${at + 9}::${column === "at" ? "bigint" : "text"}`).join(", ")} from changed`;

/** Versions of policy in PostgreSQL. */
export function postgresPolicies(pool: Pool): Policies {
  return {
    async keep({ version, at, who, ...rest }) {
      const text = `insert into portcullis.policies (version, at, who, texts) values ($1, $2, $3, $4)
        on conflict (version) do nothing`;
      await pool.query(text, [version, at, who, textsToStore(rest)]);
    },
    async get(version) {
      const text = "select version, at, who, texts from portcullis.policies where version = $1";
      const [row] = (await pool.query<PolicyRow>(text, [version])).rows;
      return row === undefined ? undefined : keptPolicy(row);
    },
    async versions(prefix, limit) {
      if (!isPrefix(prefix)) return [];
      const text = `select version, at, who from portcullis.policies where version like $1 || '%'
        order by at desc, version limit $2`;
      return (await pool.query<Omit<KeptPolicy, "texts">>(text, [prefix, limit])).rows;
    },
    async changes(limit) {
      const text = "select * from portcullis.policy_changes order by seq desc limit $1";
      return (await pool.query<PolicyChange>({ name: "policy-changes", text, values: [limit] })).rows;
    },
    async change(next) {
      const { seq, at, who, act, before, after, message, state } = next;
      const cells = actCells(ROOT_TENANT, policyAct(next));
      const values = [seq, at, who, act, before, after, message, state, ...cells];
      return (await pool.query(CHANGE, values)).rowCount === 1;
    },
    async count(seq, part, { calls, denied }) {
      const text = `insert into portcullis.policy_counts as c (seq, part, calls, denied) values ($1, $2, $3, $4)
        on conflict (seq, part) do update set calls = c.calls + $3, denied = c.denied + $4`;
      await pool.query(text, [seq, part, calls, denied]);
    },
    async tallies(seq) {
      const text = "select part, calls, denied from portcullis.policy_counts where seq = $1";
      return talliesOf((await pool.query<CountRow>(text, [seq])).rows);
    },
  };
}
