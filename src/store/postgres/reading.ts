import { setTimeout as sleep } from "node:timers/promises";
import { Kysely, PostgresDialect, sql } from "kysely";
import type { Pool } from "pg";
import type { Tables } from "../journal/joined.ts";
import { reader } from "../journal/read.ts";
import { STATEMENT_MS } from "./open.ts";

/**
 * Positions are drawn before their transaction commits, so a low one may appear after a high one. Whoever follows
 * must not pass it by: take the last position drawn, then wait until everybody who was writing at that moment is done.
 */
export async function settled(pool: Pool): Promise<number> {
  // A sequence that nobody has drawn from says 1, which the first row is yet to get.
  const drawn = await pool.query(
    "select case when is_called then last_value else 0 end as last_value from portcullis.position",
  );
  const writers = `select virtualtransaction from pg_locks where mode = 'RowExclusiveLock' and relation in
    ('portcullis.opened'::regclass, 'portcullis.closed'::regclass, 'portcullis.acts'::regclass)`;
  const then = new Set((await pool.query({ text: writers, rowMode: "array" })).rows.flat());
  for (const deadline = performance.now() + 2 * STATEMENT_MS; then.size > 0; ) {
    if (performance.now() > deadline)
      throw new Error("The journal cannot be followed: a transaction on it does not end.");
    await sleep(2);
    const now = new Set((await pool.query({ text: writers, rowMode: "array" })).rows.flat());
    for (const writer of then) if (!now.has(writer)) then.delete(writer);
  }
  return Number(drawn.rows[0]?.last_value);
}

/** Reads a PostgreSQL journal. */
export function postgresReader(pool: Pool): ReturnType<typeof reader> {
  const db = new Kysely<Tables>({ dialect: new PostgresDialect({ pool }) }).withSchema("portcullis");
  return reader({
    db,
    // How many rows row-level security lets through is not known to the planner, so that it would rather sort whole tables
    // than go along the index that has the order.
    far: async (work) =>
      await db.transaction().execute(async (on) => {
        await sql`select set_config('enable_sort', 'off', true), set_config('enable_seqscan', 'off', true)`.execute(
          on,
        );
        return await work(on);
      }),
    now: () => sql<number>`(extract(epoch from clock_timestamp()) * 1000)::bigint`,
    settled: () => settled(pool),
    task: sql<string>`(c.detail::json ->> 'task')`,
    marked: sql<boolean>`strpos(c.detail, '"task":"sha256:') > 0`,
  });
}
