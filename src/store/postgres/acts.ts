import type { Pool } from "pg";
import type { TenantId } from "../../call/principal.ts";
import {
  ACT_COLUMNS,
  actCells,
  actionPattern,
  actRecord,
  type ActRow,
  type Acts,
  MAX_ACTS,
} from "../acts.ts";
import { JournalUnavailable } from "../unavailable.ts";
import { settled } from "./reading.ts";
import { obstacle } from "./writer.ts";

const INSERT = `insert into portcullis.acts (${ACT_COLUMNS.join(", ")})
  values (${ACT_COLUMNS.map((_, at) => `$${at + 1}`).join(", ")})`;
const CHOSEN = String.raw`select * from portcullis.acts
  where tenant = $1 and ($2::text is null or action like $2 escape '\') and ($3::bigint is null or at >= $3)`;
const NEWEST = `${CHOSEN} order by seq desc limit $4`;
const AFTER = `${CHOSEN} and seq > $5 and seq <= $6 order by seq limit $4`;
const WITHIN = `${CHOSEN} and ($4::bigint is null or at < $4)`;
const NEWER = `${WITHIN} and ($5::text is null or id < $5) order by id desc limit $6`;
const OLDER = `${WITHIN} and ($5::text is null or id > $5) order by id limit $6`;

/** Acts in PostgreSQL. */
export function postgresActs(pool: Pool): (tenant: TenantId) => Acts {
  return (tenant) => ({
    async write(act) {
      const cells = actCells(tenant, act);
      try {
        await pool.query(INSERT, [...cells]);
      } catch (error) {
        const kind = obstacle(error);
        if (kind === "row") throw error;
        const message = error instanceof Error ? error.message : String(error);
        throw new JournalUnavailable(kind, `What was done cannot be written down: ${message}.`, error);
      }
    },
    async list({ action, since, after, limit }) {
      const by = [tenant, actionPattern(action), since, Math.min(limit, MAX_ACTS)];
      const { rows } =
        after === undefined
          ? await pool.query<ActRow>(NEWEST, by)
          : await pool.query<ActRow>(AFTER, [...by, after, await settled(pool)]);
      return (after === undefined ? rows.reverse() : rows).map(actRecord);
    },
    async find({ action, since, until, order, beyond, limit }) {
      const by = [tenant, actionPattern(action), since, until, beyond, Math.min(limit, MAX_ACTS)];
      return (await pool.query<ActRow>(order === "newest" ? NEWER : OLDER, by)).rows.map(actRecord);
    },
  });
}
