import type { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import type { TenantId } from "../../call/principal.ts";
import { type KeptMask, type Masks, MAX_MASKS } from "../masks.ts";

/** Marks that are written at once: others have their turn between. */
const PORTION = 250;

/** Marks in a SQLite file, by the connection that reads. */
export function sqliteMasks(db: DatabaseSync): (tenant: TenantId) => Masks {
  const longer = db.prepare(
    "update masks set sealed = ?, expires = ? where tenant = ? and principal = ? and id = ?",
  );
  const add = db.prepare("insert into masks (tenant, principal, id, sealed, expires) values (?, ?, ?, ?, ?)");
  const count = db.prepare("select count(*) as rows from masks where tenant = ? and principal = ?");
  const get = db.prepare(
    "select sealed from masks where tenant = ? and principal = ? and id = ? and expires > ?",
  );
  const forget = db.prepare("delete from masks where tenant = ? and expires <= ?");

  function put(tenant: TenantId, masks: readonly KeptMask[]): void {
    const room = new Map<string, number>();
    for (const { principal, id, sealed, expires } of masks) {
      if (Number(longer.run(sealed, expires, tenant, principal, id).changes) > 0) continue;
      const left = room.get(principal) ?? MAX_MASKS - Number(count.get(tenant, principal)?.["rows"]);
      if (left > 0) add.run(tenant, principal, id, sealed, expires);
      room.set(principal, left - 1);
    }
  }
  /** One transaction: each by itself would be brought to disk by itself, while every call waits. */
  function atOnce(work: () => void): void {
    db.exec("begin immediate");
    try {
      work();
      db.exec("commit");
    } catch (error) {
      if (db.isTransaction) db.exec("rollback");
      throw error;
    }
  }
  return (tenant) => ({
    async put(masks, now) {
      forget.run(tenant, now);
      for (let from = 0; from < masks.length; from += PORTION) {
        atOnce(() => put(tenant, masks.slice(from, from + PORTION)));
        await turn();
      }
    },
    async get(principal, id, now) {
      return (get.get(tenant, principal, id, now) as { readonly sealed: string } | undefined)?.sealed;
    },
  });
}
