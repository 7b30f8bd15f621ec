import { Client, type Pool } from "pg";
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { opened } from "../../../test/faults/journal-events.ts";
import { type Postgres, startPostgres } from "../../../test/postgres.ts";
import { callId } from "../../call/id.ts";
import { openStore } from "../open.ts";
import type { Store } from "../store.ts";
import { connect } from "./open.ts";
import { rowFence, rowsOf, rowsOfEverybody, settingOf } from "./row-security.ts";

let postgres: Postgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres.stop());

const TABLES = `select c.relname from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'portcullis' and c.relkind = 'r'
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped)`;

/** As somebody with full access. */
async function meddle(url: string, ...statements: readonly string[]): Promise<readonly object[]> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    let rows: readonly object[] = [];
    for (const statement of statements) ({ rows } = await client.query<object>(statement));
    return rows;
  } finally {
    await client.end();
  }
}

async function tablesOf(url: string): Promise<readonly string[]> {
  return ((await meddle(url, TABLES)) as readonly { relname: string }[]).map(({ relname }) => relname);
}

describe.each(["a superuser", "an owner that is none"])("of %s", (account) => {
  let url: string;
  let store: Store;
  let pool: Pool;
  let n = 0;

  beforeEach(async () => {
    url = await postgres.database();
    if (account !== "a superuser") {
      const name = `plain_${process.pid}_${++n}`;
      const database = new URL(url.replace("@/", "@host/")).pathname.slice(1);
      await meddle(url, `create role ${name} login`, `alter database ${database} owner to ${name}`);
      url = url.replace("postgres@", `${name}@`);
    }
    store = await openStore({ kind: "postgres", url });
    for (const tenant of ["acme", "globex"]) {
      const { journal, acts, idempotency } = store.forTenant(tenant);
      await journal.append([opened(callId(1_000))]);
      await acts.write({
        kind: "act",
        id: "act_01kah6qv9ye5svxc7r4jzd0m2n" as never,
        at: 1,
        principal: "ana",
        action: "key.made",
        object: "k",
        outcome: "ok",
        detail: {},
      });
      await idempotency.begin({ who: "ana", key: "k", digest: "d", at: Date.now() });
    }
    pool = connect(url);
    return async () => {
      await pool.end();
      await store.close();
    };
  });

  test("every table that holds anything of a tenant is guarded, and nobody passes it by", async () => {
    expect(await rowFence(pool)).toBeUndefined();
    expect(await store.tenants.fence()).toBe("rows");
    expect((await tablesOf(url)).length).toBeGreaterThan(8);
  });

  test("a statement for another tenant through a tenant's connections finds nothing", async () => {
    const acme = rowsOf(pool, "acme");
    for (const table of await tablesOf(url)) {
      const { rows } = await acme.query<{ tenant: string }>(`select tenant from portcullis.${table}`);
      expect([...new Set(rows.map(({ tenant }) => tenant))].filter((each) => each !== "acme")).toEqual([]);
      const wanted = `select 1 from portcullis.${table} where tenant = 'globex' or true`;
      const all = await rowsOfEverybody(pool).query(wanted);
      if (["opened", "acts", "idempotency"].includes(table)) expect(all.rows).toHaveLength(2);
    }
  });

  test("nor does it change or write anything there", async () => {
    const acme = rowsOf(pool, "acme");
    const deleted = await acme.query("delete from portcullis.idempotency where tenant = 'globex'");
    expect(deleted.rowCount).toBe(0);
    const moved = acme.query("update portcullis.idempotency set tenant = 'globex'");
    await expect(moved).rejects.toThrow("row-level security");
    const text = `insert into portcullis.held (tenant, counter, call, gate) values ('globex', 'c', 'l', 'g')`;
    await expect(acme.query(text)).rejects.toThrow("row-level security");
    expect((await rowsOfEverybody(pool).query("select 1 from portcullis.idempotency")).rows).toHaveLength(2);
  });

  test("a connection that does not say whose rows it is about sees none", async () => {
    for (const table of ["opened", "acts", "idempotency"])
      expect((await pool.query(`select 1 from portcullis.${table}`)).rows).toEqual([]);
  });

  test("connections that were lent to one tenant are the next one's alone", async () => {
    const seen = async (tenant: string) =>
      (await rowsOf(pool, tenant).query<{ tenant: string }>("select tenant from portcullis.opened")).rows;
    const tenants = Array.from({ length: 24 }, (_, at) => (at % 2 === 0 ? "acme" : "globex"));
    expect(await Promise.all(tenants.map(seen))).toEqual(tenants.map((tenant) => [{ tenant }]));
  });

  test("a batch writes the rows of several tenants, and what is read is each one's own", async () => {
    const ids = Array.from({ length: 40 }, (_, at) => callId(2_000 + at));
    await Promise.all(
      ids.map((id, at) => store.forTenant(at % 2 === 0 ? "acme" : "globex").journal.append([opened(id)])),
    );
    for (const tenant of ["acme", "globex"])
      expect(await store.forTenant(tenant).journal.list({ limit: 100 })).toHaveLength(21);
    expect(await store.forTenant("initech").journal.list({ limit: 100 })).toEqual([]);
  });

  test("a table that comes without it gets it when the store is opened next", async () => {
    await meddle(url, "create table portcullis.later (tenant text primary key)");
    expect(await rowFence(pool)).toBe("without row-level security: later");
    await (await openStore({ kind: "postgres", url })).close();
    expect(await rowFence(pool)).toBeUndefined();
    await rowsOf(pool, "acme").query("insert into portcullis.later values ('acme')");
    expect((await rowsOf(pool, "globex").query("select 1 from portcullis.later")).rows).toEqual([]);
  });
});

test("no two names are read as one list, and none as everybody", () => {
  expect(settingOf([])).toBe("");
  expect(settingOf([""])).toBe("=");
  expect(settingOf(["*"])).toBe("=*");
  expect(settingOf(["a", "b"])).toBe("=a\n=b");
  expect(() => settingOf(["a\n=b"])).toThrow(RangeError);
});
