import type { DatabaseSync } from "node:sqlite";
import type { TenantId } from "../../call/principal.ts";
import {
  type Begun,
  begunOf,
  type Idempotency,
  KEY_MS,
  type Keyed,
  type KeyRow,
  MAX_KEYS,
  MAX_OWN_KEYS,
} from "../idempotency.ts";

/** Keys in a SQLite file: few, and in single statements, so by the connection that reads. */
export function sqliteIdempotency(db: DatabaseSync): (tenant: TenantId) => Idempotency {
  const sweep = db.prepare("delete from idempotency where at < ?");
  const get = db.prepare(
    "select digest, status, media, body from idempotency where tenant = ? and who = ? and key = ?",
  );
  const count = db.prepare("select count(*) as keys from idempotency where tenant = ?");
  const own = db.prepare("select count(*) as keys from idempotency where tenant = ? and who = ?");
  const insert = db.prepare(
    "insert into idempotency (tenant, who, key, at, digest, status, media, body) values (?, ?, ?, ?, ?, 0, '', '')",
  );
  const answered = db.prepare(
    "update idempotency set status = ?, media = ?, body = ? where tenant = ? and who = ? and key = ?",
  );
  const forget = db.prepare(
    "delete from idempotency where tenant = ? and who = ? and key = ? and status = 0",
  );

  function begin(tenant: TenantId, { who, key, digest, at }: Keyed): Begun {
    sweep.run(at - KEY_MS);
    const found = get.get(tenant, who, key);
    if (found !== undefined) return begunOf(found as unknown as KeyRow, digest);
    if (Number(own.get(tenant, who)?.["keys"]) >= MAX_OWN_KEYS) return { kind: "full" };
    if (Number(count.get(tenant)?.["keys"]) >= MAX_KEYS) return { kind: "full" };
    insert.run(tenant, who, key, at, digest);
    return { kind: "first" };
  }
  return (tenant) => ({
    async begin(request) {
      db.exec("begin immediate");
      try {
        const begun = begin(tenant, request);
        db.exec("commit");
        return begun;
      } catch (error) {
        if (db.isTransaction) db.exec("rollback");
        throw error;
      }
    },
    async finish(who, key, { status, media, body }) {
      answered.run(status, media, body, tenant, who, key);
    },
    async forget(who, key) {
      forget.run(tenant, who, key);
    },
  });
}
