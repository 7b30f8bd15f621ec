import type { Kysely, RawBuilder } from "kysely";
import { firstCallId } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import { type CallFilter, MAX_BEGUN, MAX_PAGE, type TenantJournal } from "../store.ts";
import { finder } from "./find.ts";
import { type Joined, record, type Tables, withEnds } from "./joined.ts";

/** What the two engines do differently. */
export interface Engine {
  readonly db: Kysely<Tables>;
  /** The same for what may take long, or many rows. */
  readonly far: <T>(work: (db: Kysely<Tables>) => Promise<T>) => Promise<T>;
  /** Milliseconds since 1970 on the clock that `gates.seen_at` is written by. */
  readonly now: () => RawBuilder<number>;
  /** The last position for now, once every transaction that drew a lower one has ended. */
  readonly settled: () => Promise<number>;
  /** `c.detail`'s task, and whether it has one: in the words of the index that finds it. */
  readonly task: RawBuilder<string>;
  readonly marked: RawBuilder<boolean>;
}

/** Each call of a tenant with its end, and whether its gate is there. */
function callsOf({ db, now }: Pick<Engine, "db" | "now">, tenant: TenantId) {
  return withEnds({ now }, db.selectFrom("opened as o")).where("o.tenant", "=", tenant);
}

function chosen(on: Pick<Engine, "db" | "now">, tenant: TenantId, { since, server, verdict }: CallFilter) {
  return callsOf(on, tenant)
    .$if(since !== undefined, (query) => query.where("o.call", ">=", firstCallId(since ?? 0)))
    .$if(server !== undefined, (query) => query.where("o.server", "=", server ?? ""))
    .$if(verdict !== undefined, (query) => query.where("o.verdict", "=", verdict ?? "deny"));
}

/** Each call at its last event: open ones where they opened, ended ones where they closed. */
async function following(
  { far, now, settled }: Pick<Engine, "far" | "now" | "settled">,
  tenant: TenantId,
  filter: CallFilter,
  after: number,
  limit: number,
) {
  const upto = await settled();
  const [open, closed] = await far(async (db) => [
    await chosen({ db, now }, tenant, filter)
      .where("o.seq", ">", after)
      .where("o.seq", "<=", upto)
      .where((eb) => eb.or([eb("c.seq", "is", null), eb("c.seq", ">", upto)]))
      .orderBy("o.seq")
      .limit(limit)
      .execute(),
    await chosen({ db, now }, tenant, filter)
      .where("c.tenant", "=", tenant)
      .where("c.seq", ">", after)
      .where("c.seq", "<=", upto)
      .orderBy("c.seq")
      .limit(limit)
      .execute(),
  ]);
  const rows = [
    ...open.map((row) => record(row as Joined, upto, "as it opened")),
    ...closed.map((row) => record(row as Joined, upto, "with its end")),
  ];
  return rows.sort((a, b) => a.position - b.position).slice(0, limit);
}

/** Every read goes through here, and every one names its tenant. */
export function reader({
  db,
  far,
  now,
  settled,
  task,
  marked,
}: Engine): (tenant: TenantId) => Omit<TenantJournal, "append" | "settle"> {
  const calls = (tenant: TenantId) => callsOf({ db, now }, tenant);

  return (tenant) => ({
    async list(filter) {
      const limit = Math.min(filter.limit, MAX_PAGE);
      if (filter.after !== undefined)
        return await following({ far, now, settled }, tenant, filter, filter.after, limit);
      const upto = await settled();
      const rows = await far(
        async (on) =>
          await chosen({ db: on, now }, tenant, filter).orderBy("o.call", "desc").limit(limit).execute(),
      );
      return rows.map((row) => record(row as Joined, upto, "with its end")).reverse();
    },
    find: async (query) => await far(async (on) => await finder({ db: on, now })(tenant)(query)),
    async page({ since, after, limit }) {
      const rows = await far(
        async (on) =>
          await callsOf({ db: on, now }, tenant)
            .$if(since !== undefined, (query) => query.where("o.call", ">=", firstCallId(since ?? 0)))
            .$if(after !== undefined, (query) => query.where("o.call", ">", after ?? ""))
            .orderBy("o.call")
            .limit(Math.min(limit, MAX_PAGE))
            .execute(),
      );
      return rows.map((row) => record(row as Joined, Number.MAX_SAFE_INTEGER, "with its end"));
    },
    async get(call) {
      const row = await calls(tenant).where("o.call", "=", call).executeTakeFirst();
      return row === undefined ? undefined : record(row as Joined, Number.MAX_SAFE_INTEGER, "with its end");
    },
    async begun(principal, tasks) {
      const asked = tasks.slice(0, MAX_BEGUN);
      if (asked.length === 0) return [];
      const rows = await calls(tenant)
        .where("c.tenant", "=", tenant)
        .where(marked)
        .where(task, "in", asked)
        .where("o.principal", "=", principal)
        .orderBy("o.call", "desc")
        .limit(MAX_BEGUN)
        .execute();
      return rows.map((row) => record(row as Joined, Number.MAX_SAFE_INTEGER, "with its end"));
    },
  });
}
