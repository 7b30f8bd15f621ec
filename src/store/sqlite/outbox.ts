import { DatabaseSync } from "node:sqlite";
import {
  type Letter,
  letterRow,
  MAX_LETTERS,
  type Outbox,
  postedOf,
  type PostedRow,
  whyText,
} from "../outbox.ts";
import { BLOCKING_MS, patiently } from "./patience.ts";

/** Puts letters inside the transaction that is open on this connection. Throws RangeError where one is too large. */
export function sqlitePut(db: DatabaseSync): (letters: readonly Letter[]) => void {
  const key = db.prepare(
    `insert into notice_keys (key, until) values (?1, ?2)
     on conflict (key) do update set until = ?2 where until <= ?3`,
  );
  const insert = db.prepare(
    `insert or ignore into outbox
       (id, tenant, at, topic, about, recipient, dedupe, data, state, attempts, due_at, why)
     values (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, 'due', 0, ?3, '')`,
  );
  return (letters) => {
    for (const row of letters.map(letterRow)) {
      const { id, tenant, at, topic, about, recipient, dedupe, data } = row;
      if (row.key !== "" && Number(key.run(row.key, row.until, at).changes) === 0) continue;
      insert.run(id, tenant, at, topic, about, recipient, dedupe, data);
    }
  };
}

/**
 * The outbox in a SQLite file, on a connection of its own. What is put is on disk; what became of a letter may be lost with
 * the power, and then it is sent again.
 */
export function sqliteOutbox(path: string): Outbox & { readonly close: () => void } {
  const db = new DatabaseSync(path, { timeout: BLOCKING_MS });
  db.exec("pragma synchronous = normal");
  const put = sqlitePut(db);
  const due = db.prepare("select 1 from outbox where state = 'due' and due_at <= ? limit 1");
  const take = db.prepare(
    `update outbox set attempts = attempts + 1, due_at = ?1 + ?3 where id in
       (select id from outbox where state = 'due' and due_at <= ?1 order by due_at, id limit ?2) returning *`,
  );
  const held = "where id = ?1 and attempts = ?2 and state = 'due'";
  const end = db.prepare(`update outbox set state = ?3, ended_at = ?4, why = ?5 ${held}`);
  const retry = db.prepare(`update outbox set due_at = ?3, why = ?4 ${held}`);
  const defer = db.prepare(`update outbox set due_at = ?3, why = ?4, attempts = attempts - 1 ${held}`);
  const hold = db.prepare(
    "update outbox set due_at = ?2 where recipient = ?1 and state = 'due' and due_at < ?2",
  );
  const again = db.prepare(
    `update outbox set state = 'due', attempts = 0, at = ?2, due_at = ?2, ended_at = null
     where id = ?1 and state = 'dead'`,
  );
  const list = db.prepare(
    `select * from outbox where (?1 is null or tenant = ?1) and (?2 is null or state = ?2) and (?3 is null or id < ?3)
     order by id desc limit ?4`,
  );
  const waiting = db.prepare("select count(*) as letters from outbox where state = 'due'");
  const forget = db.prepare("delete from outbox where ended_at < ?");
  const release = db.prepare("delete from notice_keys where until < ?");
  const changed = ({ changes }: { readonly changes: number | bigint }): boolean => Number(changes) === 1;

  const durably = (letters: readonly Letter[]): void => {
    db.exec("pragma synchronous = full");
    try {
      db.exec("begin immediate");
      put(letters);
      db.exec("commit");
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      throw error;
    } finally {
      db.exec("pragma synchronous = normal");
    }
  };
  return {
    put: (letters) => patiently(() => durably(letters)),
    async take(now, limit, lease_ms) {
      // Looking takes no lock.
      if (due.get(now) === undefined) return [];
      const rows = await patiently(() => take.all(now, limit, lease_ms));
      return (rows as unknown as readonly PostedRow[]).map(postedOf).toSorted((a, b) => a.at - b.at);
    },
    done: ({ id, attempts }, now) => patiently(() => changed(end.run(id, attempts, "sent", now, ""))),
    retry: ({ id, attempts }, at, why) => patiently(() => changed(retry.run(id, attempts, at, whyText(why)))),
    defer: ({ id, attempts }, at, why) => patiently(() => changed(defer.run(id, attempts, at, whyText(why)))),
    hold: (to, until) => patiently(() => void hold.run(to, until)),
    dead: ({ id, attempts }, now, why) =>
      patiently(() => changed(end.run(id, attempts, "dead", now, whyText(why)))),
    again: (id, now) => patiently(() => changed(again.run(id, now))),
    async list({ tenant, state, before, limit }) {
      const by = [tenant, state, before].map((each) => each ?? null);
      return (list.all(...by, Math.min(limit, MAX_LETTERS)) as unknown as readonly PostedRow[]).map(postedOf);
    },
    waiting: async () => Number(waiting.get()?.["letters"]),
    async sweep(before) {
      await patiently(() => forget.run(before));
      await patiently(() => release.run(before));
    },
    close: () => db.close(),
  };
}
