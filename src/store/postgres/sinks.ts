import type { Pool } from "pg";
import { shortWhy, type SinkRow, type Sinks, sunkOf } from "../sinks.ts";
import type { TenantId } from "../../call/principal.ts";

const HOLD = `insert into portcullis.sinks as s
    (tenant, sink, position, acts, holder, held_until, sent, refused, at, why)
  values ($1, $2, $3, $4, $5, $6, 0, 0, $7::bigint, '')
  on conflict (tenant, sink) do update set holder = $5, held_until = $6 where s.holder = $5 or s.held_until <= $7
  returning *`;
const MOVE = `update portcullis.sinks
  set position = $4, acts = $5, sent = $6, refused = $7, at = $8, why = $9, held_until = $10
  where tenant = $1 and sink = $2 and holder = $3`;
const RELEASE = "update portcullis.sinks set held_until = 0 where tenant = $1 and sink = $2 and holder = $3";
const ONE = "select * from portcullis.sinks where tenant = $1 and sink = $2";

/** Sinks in PostgreSQL. */
export function postgresSinks(pool: Pick<Pool, "query">, tenant: TenantId): Sinks {
  const one = async (text: string, values: readonly unknown[]) => {
    const [row] = (await pool.query<SinkRow>(text, [...values])).rows;
    return row === undefined ? undefined : sunkOf(row);
  };
  return {
    hold: ({ sink, holder, until }, now, first) =>
      one(HOLD, [tenant, sink, first.position, first.acts, holder, until, now]),
    async move({ sink, holder, until }, { position, acts, sent, refused, at, why }) {
      const to = [position, acts, sent, refused, at, shortWhy(why), until];
      return (await pool.query(MOVE, [tenant, sink, holder, ...to])).rowCount === 1;
    },
    release: async (sink, holder) => void (await pool.query(RELEASE, [tenant, sink, holder])),
    get: (sink) => one(ONE, [tenant, sink]),
  };
}
