import type { DatabaseSync } from "node:sqlite";
import type { TenantId } from "../../call/principal.ts";
import { type Masks, MAX_MASKS } from "../masks.ts";

/** Marks in a SQLite file. Written in single statements, by the connection that reads. */
export function sqliteMasks(db: DatabaseSync): (tenant: TenantId) => Masks {
  const put = db.prepare(
    `insert into masks (tenant, principal, id, sealed, expires) select ?1, ?2, ?3, ?4, ?5
       where (select count(*) from masks where tenant = ?1 and principal = ?2 and id <> ?3) < ${MAX_MASKS}
     on conflict (tenant, principal, id) do update set sealed = ?4, expires = ?5`,
  );
  const get = db.prepare(
    "select sealed from masks where tenant = ? and principal = ? and id = ? and expires > ?",
  );
  const forget = db.prepare("delete from masks where tenant = ? and expires <= ?");
  return (tenant) => ({
    async put(masks, now) {
      forget.run(tenant, now);
      for (const { principal, id, sealed, expires } of masks) put.run(tenant, principal, id, sealed, expires);
    },
    async get(principal, id, now) {
      return (get.get(tenant, principal, id, now) as { readonly sealed: string } | undefined)?.sealed;
    },
  });
}
