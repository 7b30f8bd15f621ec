import { DatabaseError, Pool, type PoolClient, types } from "pg";
import { type Applied, pending } from "../migrate.ts";
import { StoreUnusable } from "../unavailable.ts";
import { guardRows, isGuarded, LOWERED } from "./row-security.ts";

/** Connections of one gate: one writes, the others read. */
const CONNECTIONS = 4;
const CONNECT_MS = 5_000;
export const STATEMENT_MS = 10_000;
/** Any number, as long as every Portcullis takes the same. */
const MIGRATION_LOCK = 7_036_874_417_766;

/** Host and database, without user, password and parameters: what may be shown. */
function placeOf(url: string): string {
  return url.replace(/\/\/.*@/s, "//").replace(/\?.*$/s, "");
}

/** A pool whose commits are durable and whose statements end. */
export function connect(url: string): Pool {
  const durable =
    "select set_config('synchronous_commit', 'on', false) where current_setting('synchronous_commit') = 'off'";
  const pool = new Pool({
    connectionString: url, // TLS as its `sslmode` says
    max: CONNECTIONS,
    connectionTimeoutMillis: CONNECT_MS,
    idleTimeoutMillis: 60_000,
    allowExitOnIdle: true,
    keepAlive: true,
    application_name: "portcullis",
    query_timeout: STATEMENT_MS + CONNECT_MS, // a server that answers nothing at all
    types: {
      getTypeParser: (oid, format) =>
        oid === types.builtins.INT8 && format !== "binary" ? Number : types.getTypeParser(oid, format),
    },
    // oxlint-disable-next-line typescript/no-misused-promises -- pg-pool awaits it before it lends the connection
    onConnect: (client) => client.query(`set statement_timeout = ${STATEMENT_MS}; ${durable}; ${LOWERED}`),
  });
  pool.on("error", () => {}); // an idle connection broke: the pool has dropped it, the next query takes another
  return pool;
}

/** Asks the catalogue itself: `to_regclass` answers from a cache that waiting for a lock does not refresh. */
async function made(client: PoolClient, question: string): Promise<boolean> {
  return (await client.query(question)).rows.length > 0;
}

async function steps(client: PoolClient, where: string): Promise<ReturnType<typeof pending>> {
  const table = "select from pg_tables where schemaname = 'portcullis' and tablename = 'migrations'";
  if (!(await made(client, table))) return pending("postgres", [], where);
  const { rows } = await client.query<Applied>("select name, checksum from portcullis.migrations");
  return pending("postgres", rows, where);
}

/** Processes that start at once take turns by an advisory lock; DDL is transactional, so a step is there or not. */
async function migrate(client: PoolClient, where: string): Promise<void> {
  await client.query("reset role");
  if ((await steps(client, where)).length === 0 && (await isGuarded(client))) return;
  await client.query("begin");
  try {
    await client.query("select pg_advisory_xact_lock($1)", [MIGRATION_LOCK]);
    const left = await steps(client, where);
    const schema = await made(client, "select from pg_namespace where nspname = 'portcullis'");
    if (!schema) await client.query("create schema portcullis");
    await client.query(
      `create table if not exists portcullis.migrations
       (name text primary key, checksum text not null, at timestamptz not null default now())`,
    );
    for (const { name, checksum, statements } of left) {
      for (const statement of statements) await client.query(statement);
      await client.query("insert into portcullis.migrations (name, checksum) values ($1, $2)", [
        name,
        checksum,
      ]);
    }
    await guardRows(client);
    await client.query("commit");
  } catch (error) {
    await client.query("rollback").catch(() => {});
    throw error;
  }
}

function unusable(where: string, error: unknown): StoreUnusable {
  if (error instanceof StoreUnusable) return error;
  const say = (what: string, remedy: string) => new StoreUnusable(what, where, remedy, error);
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof DatabaseError)) {
    const code = (error as NodeJS.ErrnoException).code ?? message;
    return say(
      `it cannot be reached (${code})`,
      "See whether PostgreSQL runs there and the address in `store:` is right.",
    );
  }
  switch (error.code ?? "") {
    case "28P01":
    case "28000":
      return say("it refuses the user or password", "Check the user and password of `store:`.");
    case "3D000":
      return say("there is no such database", "Make it with `createdb`, or name another in `store:`.");
    case "42501":
      return say(
        `the user may not do what is needed (${message})`,
        "Let the user create the schema `portcullis`, or make it for the user.",
      );
    default:
      return say(`it cannot be used (${message})`, "See PostgreSQL's log.");
  }
}

/** Connects, brings the schema up to date and gives the pool that everything else uses. */
export async function openPostgres(url: string): Promise<{ readonly pool: Pool; readonly where: string }> {
  const where = placeOf(url);
  let pool: Pool | undefined;
  try {
    pool = connect(url);
    const client = await pool.connect();
    try {
      const { rows } = await client.query("show server_encoding");
      const encoding: unknown = rows[0]?.server_encoding;
      if (encoding !== "UTF8") {
        throw new StoreUnusable(
          `its encoding is ${String(encoding)}`,
          where,
          "Make the database with encoding UTF8.",
        );
      }
      await migrate(client, where);
    } finally {
      // Who changes the schema is not the one who works in it: this connection is used no more.
      client.release(true);
    }
    return { pool, where };
  } catch (error) {
    await pool?.end();
    throw unusable(where, error);
  }
}
