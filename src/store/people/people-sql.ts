import type { MadeAs } from "./credentials.ts";
import { MAX_PEOPLE, type People, type Person } from "./people.ts";
import type { Run } from "./sign-ins-sql.ts";

const COLUMNS = [
  "tenant",
  "id",
  "kind",
  "name",
  "roles",
  "state",
  "made_at",
  "made_by",
  "changed_at",
  "changed_by",
  "made_as",
  "changed_as",
] as const satisfies readonly (keyof Person)[];
const ALL = COLUMNS.join(", ");

/** A row as both engines give it; `roles` is JSON. */
type Row = Omit<Person, "roles" | "made_as" | "changed_as"> & {
  readonly roles: string;
  readonly made_as: MadeAs | null;
  readonly changed_as: MadeAs | null;
};

const personOf = ({ roles, made_as, changed_as, ...row }: Row): Person =>
  Object.freeze({
    ...row,
    roles: Object.freeze(JSON.parse(roles) as readonly string[]),
    ...(made_as !== null && { made_as }),
    ...(changed_as !== null && { changed_as }),
  });

/** People, over whatever runs one statement; each is whole by itself, and a trigger counts the change with it. */
export function peopleOver(run: Run): People {
  return {
    async add(person) {
      const cells = COLUMNS.map((column) =>
        column === "roles" ? JSON.stringify(person.roles) : (person[column] ?? null),
      );
      const text = `insert into {people} (${ALL}) values (${COLUMNS.map((_, at) => `$${at + 1}`).join(", ")})
        on conflict (tenant, id) do nothing`;
      return (await run(text, cells)).changes === 1;
    },
    async get(tenant, id) {
      const text = `select ${ALL} from {people} where tenant = $1 and id = $2`;
      const [row] = (await run(text, [tenant, id])).rows;
      return row === undefined ? undefined : personOf(row as Row);
    },
    async list(tenant, after, limit) {
      const text = `select ${ALL} from {people} where tenant = $1 and id > $2 order by id limit $3`;
      const { rows } = await run(text, [tenant, after, Math.min(limit, MAX_PEOPLE)]);
      return (rows as readonly Row[]).map(personOf);
    },
    async all() {
      const { rows } = await run(`select ${ALL} from {people} order by tenant, id limit ${MAX_PEOPLE}`, []);
      return (rows as readonly Row[]).map(personOf);
    },
    async change(tenant, id, { roles, state }, { at, by, as }) {
      const text = `update {people} set roles = coalesce($3, roles), state = coalesce($4, state),
        changed_at = $5, changed_by = $6, changed_as = $7 where tenant = $1 and id = $2`;
      const cells = [
        tenant,
        id,
        roles === undefined ? null : JSON.stringify(roles),
        state ?? null,
        at,
        by,
        as ?? null,
      ] as const;
      return (await run(text, cells)).changes === 1;
    },
    async remove(tenant, id) {
      return (await run("delete from {people} where tenant = $1 and id = $2", [tenant, id])).changes === 1;
    },
  };
}
