import { type Factor, MAX_SESSIONS, type Session, type SignIns, type SigningKey } from "./sign-ins.ts";

type Cell = string | number | null;

/** Runs one statement with `$1`, `$2`, … and tables as `{name}`; gives its rows, and how many it changed. */
export type Run = (
  text: string,
  cells: readonly Cell[],
) => Promise<{ readonly rows: readonly unknown[]; readonly changes: number }>;

const SESSION = [
  "tenant",
  "id",
  "digest",
  "principal",
  "facts",
  "key_id",
  "made_at",
  "seen_at",
  "idle_ms",
  "ends_at",
  "ended_at",
  "ended_by",
] as const satisfies readonly (keyof Session)[];
const FACTOR = [
  "tenant",
  "principal",
  "sealed",
  "made_at",
  "made_by",
  "step",
  "wrong",
  "wrong_at",
] as const satisfies readonly (keyof Factor)[];

const holders = (columns: readonly string[]): string => columns.map((_, at) => `$${at + 1}`).join(", ");

type Changed = (text: string, ...cells: readonly Cell[]) => Promise<boolean>;

function sessions(
  run: Run,
  changed: Changed,
): Pick<SignIns, "begin" | "session" | "sessions" | "seen" | "end"> {
  return {
    async begin(session, forget) {
      await run("delete from {sessions} where ends_at < $1", [forget]);
      const text = `insert into {sessions} (${SESSION.join(", ")}) values (${holders(SESSION)})`;
      await run(
        text,
        SESSION.map((column) => session[column]),
      );
    },
    async session(tenant, id) {
      const text = `select ${SESSION.join(", ")} from {sessions} where tenant = $1 and id = $2`;
      return (await run(text, [tenant, id])).rows[0] as Session | undefined;
    },
    async sessions(tenant) {
      const columns = SESSION.join(", ");
      const order = `order by made_at desc, id limit ${MAX_SESSIONS}`;
      const { rows } =
        tenant === undefined
          ? await run(`select ${columns} from {sessions} ${order}`, [])
          : await run(`select ${columns} from {sessions} where tenant = $1 ${order}`, [tenant]);
      return rows as readonly Session[];
    },
    async seen(tenant, id, at) {
      await run("update {sessions} set seen_at = $3 where tenant = $1 and id = $2 and seen_at < $3", [
        tenant,
        id,
        at,
      ]);
    },
    end: (tenant, id, at, who) =>
      changed(
        "update {sessions} set ended_at = $3, ended_by = $4 where tenant = $1 and id = $2 and ended_at is null",
        tenant,
        id,
        at,
        who,
      ),
  };
}

function factors(
  run: Run,
  changed: Changed,
): Pick<SignIns, "enrol" | "factor" | "unenrol" | "spendStep" | "countTry"> {
  return {
    async enrol(factor) {
      const text = `insert into {factors} (${FACTOR.join(", ")}) values (${holders(FACTOR)})
        on conflict (tenant, principal) do update set
          ${FACTOR.slice(2)
            .map((column) => `${column} = excluded.${column}`)
            .join(", ")}`;
      await run(
        text,
        FACTOR.map((column) => factor[column]),
      );
    },
    async factor(tenant, principal) {
      const text = `select ${FACTOR.join(", ")} from {factors} where tenant = $1 and principal = $2`;
      return (await run(text, [tenant, principal])).rows[0] as Factor | undefined;
    },
    unenrol: (tenant, principal) =>
      changed("delete from {factors} where tenant = $1 and principal = $2", tenant, principal),
    spendStep: (tenant, principal, step) =>
      changed(
        "update {factors} set step = $3, wrong = 0 where tenant = $1 and principal = $2 and step < $3",
        tenant,
        principal,
        step,
      ),
    countTry: (tenant, principal, { at, since, most }) =>
      changed(
        `update {factors} set wrong = case when wrong_at < $4 then 1 else wrong + 1 end, wrong_at = $3
          where tenant = $1 and principal = $2 and (wrong < $5 or wrong_at < $4)`,
        tenant,
        principal,
        at,
        since,
        most,
      ),
  };
}

/** Sign-ins in SQL that both engines know: they change rarely, and one statement at a time. */
export function signInsOver(run: Run): SignIns {
  const changed: Changed = async (text, ...cells) => (await run(text, cells)).changes > 0;
  return {
    ...sessions(run, changed),
    ...factors(run, changed),
    async signingKeys() {
      const text = "select id, public, sealed, made_at from {signing_keys} order by made_at desc, id";
      return (await run(text, [])).rows as readonly SigningKey[];
    },
    async addSigningKey(key, unless_since, forget) {
      await run("delete from {signing_keys} where made_at < $1", [forget]);
      const text = `insert into {signing_keys} (id, public, sealed, made_at) select $1, $2, $3, cast($4 as bigint)
        where not exists (select 1 from {signing_keys} where made_at > $5)`;
      await run(text, [key.id, key.public, key.sealed, key.made_at, unless_since]);
    },
  };
}
