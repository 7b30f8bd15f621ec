import type { DatabaseSync } from "node:sqlite";
import type { TenantId } from "../../call/principal.ts";
import { type KeptSecret, MAX_SECRETS, type Secrets } from "../secrets.ts";

/** Secrets in a SQLite file. Written rarely and in single statements, so by the connection that reads. */
export function sqliteSecrets(db: DatabaseSync): (tenant: TenantId) => Secrets {
  const put = db.prepare(
    `insert into secrets (tenant, name, sealed, at, by_whom) select ?1, ?2, ?3, ?4, ?5
       where (select count(*) from secrets where tenant = ?1 and name <> ?2) < ${MAX_SECRETS}
     on conflict (tenant, name) do update set sealed = ?3, at = ?4, by_whom = ?5`,
  );
  const get = db.prepare("select name, sealed, at, by_whom as by from secrets where tenant = ? and name = ?");
  const list = db.prepare("select name, at, by_whom as by from secrets where tenant = ? order by name");
  const remove = db.prepare("delete from secrets where tenant = ? and name = ?");
  return (tenant) => ({
    async put({ name, sealed, at, by }) {
      return Number(put.run(tenant, name, sealed, at, by).changes) === 1;
    },
    async get(name) {
      return get.get(tenant, name) as unknown as KeptSecret | undefined;
    },
    async list() {
      return list.all(tenant) as unknown as readonly Omit<KeptSecret, "sealed">[];
    },
    async remove(name) {
      return Number(remove.run(tenant, name).changes) === 1;
    },
  });
}
