// Databases of PostgreSQL with all tables: making one takes a third of a second, putting one back as it was a hundredth.
import { Client } from "pg";
import { openStore } from "../src/store/open.ts";
import type { Postgres } from "./postgres.ts";

/** Remembers what tables hold when they are new. */
const REMEMBER = `create schema new;
do $$ declare t name; begin
  for t in select relname from pg_class where relnamespace = 'portcullis'::regnamespace and relkind = 'r' loop
    execute format('create table new.%1$I as table portcullis.%1$I', t);
  end loop;
end $$`;

/** Puts that back, past triggers, and gives the store a name of its own, by which it goes in Redis. */
const RESTORE = `do $$ declare t name; begin
  set local session_replication_role = replica;
  for t in select relname from pg_class where relnamespace = 'new'::regnamespace loop
    execute format('delete from portcullis.%1$I', t);
    execute format('insert into portcullis.%1$I overriding system value table new.%1$I', t);
  end loop;
  for t in select relname from pg_class where relnamespace = 'portcullis'::regnamespace and relkind = 'S' loop
    execute format('alter sequence portcullis.%I restart', t);
  end loop;
  update portcullis.fence set store = gen_random_uuid();
end $$`;

const OTHERS = "select from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()";

async function asking<T>(url: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

async function made(postgres: Postgres): Promise<string> {
  const url = await postgres.database();
  await (await openStore({ kind: "postgres", url })).close();
  await asking(url, (client) => client.query(REMEMBER));
  return url;
}

/** Whether nobody was left in it, so that it could be put back as it was. */
const restored = (url: string): Promise<boolean> =>
  asking(url, async (client) => {
    if ((await client.query(OTHERS)).rows.length > 0) return false;
    await client.query(RESTORE);
    return true;
  });

interface Lending {
  /** The URL of a database in which all tables are as new ones are, and nobody else is. */
  readonly lend: () => Promise<string>;
  /** What was lent may be lent again. */
  readonly back: () => void;
}

export function lending(postgres: () => Promise<Postgres>): Lending {
  const free: string[] = [];
  const lent: string[] = [];
  return {
    async lend() {
      let url = free.pop();
      while (url !== undefined && !(await restored(url))) url = free.pop();
      url ??= await made(await postgres());
      lent.push(url);
      return url;
    },
    back: () => void free.push(...lent.splice(0)),
  };
}
