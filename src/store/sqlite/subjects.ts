import type { DatabaseSync } from "node:sqlite";
import {
  type Erasing,
  type Erasure,
  LETS_IN,
  MAX_SUBJECTS,
  type MasterRow,
  NAMED,
  type Removed,
  SIGNED,
  type SubjectKeys,
  type SubjectRow,
} from "../people/subjects.ts";

const FOREIGN_KEY = 787; // SQLITE_CONSTRAINT_FOREIGNKEY
const UNIQUE = new Set([1555, 2067]); // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE

function errcode(error: unknown): number {
  return (error as { errcode?: number }).errcode ?? 0;
}

/** One transaction that is durable when it is over, or nothing of it. */
function atOnce<T>(db: DatabaseSync, work: () => T): T {
  db.exec("begin immediate");
  try {
    const done = work();
    db.exec("commit");
    return done;
  } catch (error) {
    if (db.isTransaction) db.exec("rollback");
    throw error;
  }
}

type Masters = Pick<SubjectKeys, "masters" | "tenants" | "addMasters" | "rewrapMaster" | "dropMaster">;

function masterKeys(db: DatabaseSync): Masters {
  const all = db.prepare("select * from tenant_keys where tenant = ? order by n");
  const tenants = db.prepare("select distinct tenant from tenant_keys order by tenant");
  const add = db.prepare(
    "insert or ignore into tenant_keys (tenant, n, at, wrapped, root, rewrapped_at) values (?, ?, ?, ?, ?, ?)",
  );
  const rewrap = db.prepare(
    "update tenant_keys set wrapped = ?, root = ?, rewrapped_at = ? where tenant = ? and n = ?",
  );
  const drop = db.prepare("delete from tenant_keys where tenant = ? and n = ?");
  return {
    masters: async (tenant) => all.all(tenant) as unknown as readonly MasterRow[],
    tenants: async () => tenants.all().map((row) => String(row["tenant"])),
    async addMasters(rows) {
      atOnce(db, () => {
        for (const { tenant, n, at, wrapped, root, rewrapped_at } of rows)
          add.run(tenant, n, at, wrapped, root, rewrapped_at);
      });
    },
    async rewrapMaster({ tenant, n, wrapped, root, rewrapped_at }) {
      rewrap.run(wrapped, root, rewrapped_at, tenant, n);
    },
    async dropMaster(tenant, n) {
      db.exec("pragma secure_delete = on");
      try {
        return Number(drop.run(tenant, n).changes) === 1;
      } catch (error) {
        if (errcode(error) === FOREIGN_KEY) return false;
        throw error;
      }
    },
  };
}

type Erasures = Pick<SubjectKeys, "erase" | "named" | "inClear" | "scrub" | "erasures" | "changes">;

function erasing(db: DatabaseSync): Erasures {
  /** Prepared when somebody is erased, and not before. */
  const named = (act: "delete" | "select count(*) as rows", whose: Erasing): Removed =>
    Object.fromEntries(
      NAMED.map(({ table, by }) => {
        const found = by.map(({ column, how }) =>
          how === "is" ? `${column} = ?` : `instr(${column}, ?) > 0`,
        );
        const statement = db.prepare(`${act} from ${table} where tenant = ? and (${found.join(" or ")})`);
        const texts = [whose.tenant, ...by.map(({ text }) => text(whose))];
        const rows = act === "delete" ? statement.run(...texts).changes : statement.get(...texts)?.["rows"];
        return [table, Number(rows)] as const;
      }),
    );
  const subject = db.prepare("delete from subjects where tenant = ? and id = ?");
  const grow = db.prepare("update key_changes set changes = changes + 1 returning changes");
  const note = db.prepare("insert or ignore into erasures (tenant, id, n, at) values (?, ?, ?, ?)");
  const since = db.prepare(`select * from erasures where n > ? order by n limit ${MAX_SUBJECTS}`);
  const changes = db.prepare("select changes from key_changes");
  return {
    async erase(whose) {
      const { tenant, id, at } = whose;
      db.exec("pragma secure_delete = on");
      return atOnce(db, () => {
        const removed = named("delete", whose);
        for (const [table, column] of SIGNED)
          db.prepare(`update ${table} set ${column} = ? where tenant = ? and ${column} = ?`).run(
            id ?? "",
            tenant,
            whose.principal,
          );
        if (LETS_IN.some((table) => (removed[table] ?? 0) > 0))
          db.exec("update credential_changes set changes = changes + 1");
        if (id !== undefined && Number(subject.run(tenant, id).changes) === 1)
          note.run(tenant, id, Number(grow.get()?.["changes"]), at);
        return removed;
      });
    },
    named: async (whose) => named("select count(*) as rows", whose),
    async inClear(tenant, principal) {
      const text = `select 1 from opened where tenant = ?1 and principal = ?2
        union all select 1 from approvals where tenant = ?1 and principal = ?2 limit 1`;
      return db.prepare(text).get(tenant, principal) !== undefined;
    },
    async scrub() {
      db.exec("pragma secure_delete = on; vacuum");
      // What readers hold open keeps the log from being emptied: the pages in it are then those of before.
      const done = db.prepare("pragma wal_checkpoint(truncate)").get();
      return done?.["busy"] === 0 ? "" : "the -wal file is in use and was not emptied yet";
    },
    erasures: async (after) => since.all(after) as unknown as readonly Erasure[],
    changes: async () => Number(changes.get()?.["changes"]),
  };
}

/** The keys of records in a SQLite file. They change rarely, so by the connection that reads. */
export function sqliteSubjects(db: DatabaseSync): SubjectKeys {
  const byLookup = db.prepare("select * from subjects where tenant = ? and lookup = ?");
  const byIds = db.prepare(
    "select * from subjects where tenant = ? and id in (select value from json_each(?))",
  );
  const add = db.prepare(
    "insert into subjects (tenant, id, at, lookup, name, master, key) values (?, ?, ?, ?, ?, ?, ?)",
  );
  const page = db.prepare(
    "select * from subjects where tenant = ? and id > ? and (?3 is null or master <> ?3) order by id limit ?4",
  );
  const count = db.prepare(
    "select master, count(*) as subjects from subjects where tenant = ? group by master",
  );
  const rewrap = db.prepare(
    "update subjects set master = ?, key = ? where tenant = ? and id = ? and master = ?",
  );
  return {
    ...masterKeys(db),
    ...erasing(db),
    async byLookup(tenant, lookup) {
      return byLookup.get(tenant, lookup) as unknown as SubjectRow | undefined;
    },
    async byIds(tenant, ids) {
      const asked = JSON.stringify(ids.slice(0, MAX_SUBJECTS));
      return byIds.all(tenant, asked) as unknown as readonly SubjectRow[];
    },
    async add({ tenant, id, at, lookup, name, master, key }) {
      try {
        add.run(tenant, id, at, lookup, name, master, key);
        return "added";
      } catch (error) {
        if (errcode(error) === FOREIGN_KEY) return "no master";
        if (UNIQUE.has(errcode(error))) return "known";
        throw error;
      }
    },
    async page(tenant, after, limit, but) {
      const rows = page.all(tenant, after, but ?? null, Math.min(limit, MAX_SUBJECTS));
      return rows as unknown as readonly SubjectRow[];
    },
    async count(tenant) {
      return new Map(count.all(tenant).map((row) => [Number(row["master"]), Number(row["subjects"])]));
    },
    async rewrap(rows) {
      db.exec("pragma secure_delete = on");
      atOnce(db, () => {
        for (const { tenant, id, master, key, from } of rows) rewrap.run(master, key, tenant, id, from);
      });
    },
  };
}
