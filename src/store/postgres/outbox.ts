import type { Pool, PoolClient } from "pg";
import {
  type Letter,
  letterRow,
  MAX_LETTERS,
  type Outbox,
  postedOf,
  type PostedRow,
  whyText,
} from "../outbox.ts";

/** One statement: of two who put the same key at once, one waits for the other and then finds it there. */
const PUT = {
  name: "outbox-put",
  text: `with marked as (
      insert into portcullis.notice_keys as k (key, until) select $9::text, $10::bigint where $9 <> ''
      on conflict (key) do update set until = excluded.until where k.until <= $3 returning 1)
    insert into portcullis.outbox
      (id, tenant, at, topic, about, recipient, dedupe, data, state, attempts, due_at, why)
    select $1, $2, $3::bigint, $4, $5, $6, $7, $8, 'due', 0, $3, '' where $9 = '' or exists (select 1 from marked)
    on conflict (id) do nothing`,
};

/** Puts letters inside the transaction that is open on this connection. Rejects with RangeError where one is too large. */
export async function postgresPut(on: Pick<PoolClient, "query">, letters: readonly Letter[]): Promise<void> {
  // Keys in one order, so that nobody waits in a ring.
  const rows = letters.map(letterRow).sort((a, b) => (a.key < b.key ? -1 : 1));
  for (const { id, tenant, at, topic, about, recipient, dedupe, data, key, until } of rows)
    await on.query({
      ...PUT,
      values: [id, tenant, at, topic, about, recipient, dedupe, data, key, until],
    });
}

async function inTransaction(pool: Pool, work: (client: PoolClient) => Promise<void>): Promise<void> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    await client.query("begin");
    await work(client);
    await client.query("commit");
  } catch (error) {
    broken = error instanceof Error ? error : new Error(String(error));
    await client.query("rollback").catch(() => {});
    throw error;
  } finally {
    client.release(broken);
  }
}

/** The outbox in PostgreSQL. */
export function postgresOutbox(pool: Pool): Outbox {
  const held = "where id = $1 and attempts = $2 and state = 'due'";
  const changed = async (text: string, values: readonly unknown[]): Promise<boolean> =>
    (await pool.query(text, [...values])).rowCount === 1;
  const end = (values: readonly unknown[]): Promise<boolean> =>
    changed(`update portcullis.outbox set state = $3, ended_at = $4, why = $5 ${held}`, values);
  return {
    put: (letters) => inTransaction(pool, (client) => postgresPut(client, letters)),
    async take(now, limit, lease_ms) {
      const text = `update portcullis.outbox set attempts = attempts + 1, due_at = $1::bigint + $3 where id in
        (select id from portcullis.outbox where state = 'due' and due_at <= $1 order by due_at, id limit $2
         for update skip locked) returning *`;
      const { rows } = await pool.query<PostedRow>({
        name: "outbox-take",
        text,
        values: [now, limit, lease_ms],
      });
      return rows.map(postedOf).toSorted((a, b) => a.at - b.at);
    },
    done: ({ id, attempts }, now) => end([id, attempts, "sent", now, ""]),
    retry: ({ id, attempts }, at, why) =>
      changed(`update portcullis.outbox set due_at = $3, why = $4 ${held}`, [id, attempts, at, whyText(why)]),
    defer: ({ id, attempts }, at, why) =>
      changed(`update portcullis.outbox set due_at = $3, why = $4, attempts = attempts - 1 ${held}`, [
        id,
        attempts,
        at,
        whyText(why),
      ]),
    async hold(to, until) {
      const text = `update portcullis.outbox set due_at = $2
        where recipient = $1 and state = 'due' and due_at < $2`;
      await pool.query(text, [to, until]);
    },
    dead: ({ id, attempts }, now, why) => end([id, attempts, "dead", now, whyText(why)]),
    again: (id, now) =>
      changed(
        `update portcullis.outbox set state = 'due', attempts = 0, at = $2, due_at = $2, ended_at = null
         where id = $1 and state = 'dead'`,
        [id, now],
      ),
    async list({ tenant, state, before, limit }) {
      const text = `select * from portcullis.outbox where ($1::text is null or tenant = $1)
        and ($2::text is null or state = $2) and ($3::text is null or id < $3) order by id desc limit $4`;
      const { rows } = await pool.query<PostedRow>(text, [
        tenant,
        state,
        before,
        Math.min(limit, MAX_LETTERS),
      ]);
      return rows.map(postedOf);
    },
    async waiting() {
      const text = "select count(*) as letters from portcullis.outbox where state = 'due'";
      return Number((await pool.query<{ letters: number }>(text)).rows[0]?.letters);
    },
    async sweep(before) {
      await pool.query("delete from portcullis.outbox where ended_at < $1", [before]);
      await pool.query("delete from portcullis.notice_keys where until < $1", [before]);
    },
  };
}
