import {
  DatabaseError,
  escapeLiteral,
  type Pool,
  type PoolClient,
  type QueryConfig,
  type QueryResult,
} from "pg";
import type { TenantId } from "../../call/principal.ts";

/** The role under which a gate works whose own account would pass row-level security by. */
const ROLE = "portcullis_gate";
/** What a connection says of whose rows it is about: this for all, else a line for each tenant. */
const EVERYBODY = "*";
const SETTING = "portcullis.tenant";

/**
 * Each line begins with `=`, so that no list is empty and none of them can be `*`. Throws RangeError for a name that holds
 * control characters, which could be read as two.
 */
export function settingOf(tenants: Iterable<TenantId>): string {
  return Array.from(tenants, (tenant) => {
    // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
    if (/[\u0000-\u001f\u007f]/.test(tenant))
      throw new RangeError("A tenant's name holds control characters.");
    return `=${tenant}`;
  }).join("\n");
}

/** Sets whose rows the transaction that is open is about. Text of SQL, so that it goes along with another statement. */
export function scopeSql(tenants: Iterable<TenantId>): string {
  return `select set_config('${SETTING}', ${escapeLiteral(settingOf(tenants))}, true)`;
}

/** An expression with which a statement sets by itself whose rows it is about; `parameter` is `$1`, or another. */
export const scopeWith = (parameter: string): string => `set_config('${SETTING}', ${parameter}, true)`;

const SAID = `current_setting('${SETTING}', true)`;
/** In one `select` each, so that they are worked out once for a statement and not for each row. */
const VISIBLE = `(select ${SAID}) = '${EVERYBODY}'
  or ('=' || tenant) = any ((select string_to_array(${SAID}, E'\\n'))::text[])`;

/** Tables that hold a tenant's rows and are open to whoever asks. */
const UNGUARDED = `select c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'portcullis' and c.relkind in ('r', 'p')
    and exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'tenant' and not a.attisdropped)
    and not (c.relrowsecurity and c.relforcerowsecurity
      and exists (select from pg_policy p where p.polrelid = c.oid and p.polname = 'tenant_rows'))`;

/** Whoever passes row-level security by, whatever tables say: a superuser, and who was given that right. */
const ABOVE = "select from pg_roles where rolname = session_user and (rolsuper or rolbypassrls)";
/** What the role may not do yet. */
const UNGRANTED = `select from pg_class c join pg_namespace n on n.oid = c.relnamespace
  where n.nspname = 'portcullis' and c.relkind in ('r', 'p', 'S')
    and not has_table_privilege('${ROLE}', c.oid, 'select, update')`;

async function isTrue(on: Pick<PoolClient, "query">, question: string): Promise<boolean> {
  return (await on.query(question)).rows.length > 0;
}

/** For a new connection: an account that is above row-level security puts on a role that is not. */
export const LOWERED = `select set_config('role', '${ROLE}', false)
  where exists (${ABOVE}) and exists (select from pg_roles where rolname = '${ROLE}')`;

/** The role belongs to the whole server, so two databases may make it at once. */
const MADE = `do $$ begin
    if not exists (select from pg_roles where rolname = '${ROLE}') then create role ${ROLE} nologin; end if;
  exception when duplicate_object or unique_violation then null; end $$`;
const GRANTED = [
  `grant usage on schema portcullis to ${ROLE}`,
  `grant select, insert, update, delete on all tables in schema portcullis to ${ROLE}`,
  `grant usage, select, update on all sequences in schema portcullis to ${ROLE}`,
];

async function lower(client: PoolClient): Promise<void> {
  if (!(await isTrue(client, ABOVE))) return;
  try {
    if (!(await isTrue(client, `select from pg_roles where rolname = '${ROLE}'`))) await client.query(MADE);
    if (!(await isTrue(client, UNGRANTED))) return;
    for (const statement of GRANTED) await client.query(statement);
  } catch (error) {
    // An account with the right to pass it by, and without the right to make roles: `rowFence` says so.
    if (!(error instanceof DatabaseError) || error.code !== "42501") throw error;
  }
}

/**
 * Puts row-level security on every table that has a column `tenant` and lacks it, and makes the role that is held by it.
 * Run after each migration; where all is as it should be it only looks. Rejects as PostgreSQL does.
 */
export async function guardRows(client: PoolClient): Promise<void> {
  const { rows } = await client.query<{ name: string }>(UNGUARDED);
  for (const { name } of rows) {
    const table = `portcullis.${client.escapeIdentifier(name)}`;
    await client.query(`alter table ${table} enable row level security`);
    await client.query(`alter table ${table} force row level security`);
    await client.query(`drop policy if exists tenant_rows on ${table}`);
    await client.query(`create policy tenant_rows on ${table} using (${VISIBLE}) with check (${VISIBLE})`);
  }
  await lower(client);
}

/** Whether nothing of that is left to do. */
export async function isGuarded(client: PoolClient): Promise<boolean> {
  if (await isTrue(client, UNGUARDED)) return false;
  if (!(await isTrue(client, ABOVE))) return true;
  const role = await isTrue(client, `select from pg_roles where rolname = '${ROLE}'`);
  return role && !(await isTrue(client, UNGRANTED));
}

/** Why row-level security does not hold on this connection, or undefined where it does. */
export async function rowFence(on: Pick<Pool, "query">): Promise<string | undefined> {
  const above = "select from pg_roles where rolname = current_user and (rolsuper or rolbypassrls)";
  const free = await on.query(above);
  if (free.rows.length > 0)
    return `the account passes row-level security by, and there is no role ${ROLE} that it could put on`;
  const { rows } = await on.query<{ name: string }>(UNGUARDED);
  return rows.length === 0
    ? undefined
    : `without row-level security: ${rows.map(({ name }) => name).join(", ")}`;
}

/** What each connection was last told. */
const told = new WeakMap<PoolClient, string>();

/** The pool, each of whose connections is about these rows only before it is lent. */
function about(pool: Pool, setting: string): Pool {
  async function connect(): Promise<PoolClient> {
    const client = await pool.connect();
    if (told.get(client) === setting) return client;
    try {
      const text = `select set_config('${SETTING}', $1, false)`;
      await client.query({ name: "whose-rows", text, values: [setting] });
      told.set(client, setting);
      return client;
    } catch (error) {
      client.release(true);
      throw error;
    }
  }
  async function query(asked: string | QueryConfig, values?: unknown[]): Promise<QueryResult> {
    const client = await connect();
    let broken = false;
    try {
      return typeof asked === "string" ? await client.query(asked, values) : await client.query(asked);
    } catch (error) {
      broken = !(error instanceof DatabaseError);
      throw error;
    } finally {
      client.release(broken);
    }
  }
  // Everything else is the pool's own.
  return Object.assign(Object.create(pool) as Pool, { connect, query: query as Pool["query"] });
}

/** Connections that see and write the rows of one tenant, whatever the statement says. */
export function rowsOf(pool: Pool, tenant: TenantId): Pool {
  return about(pool, settingOf([tenant]));
}

/**
 * Connections that see the rows of all tenants: for what is about none of them, or about all. Whose key it is, what is
 * overdue, which letters are due, what tenants there are.
 */
export function rowsOfEverybody(pool: Pool): Pool {
  return about(pool, EVERYBODY);
}
