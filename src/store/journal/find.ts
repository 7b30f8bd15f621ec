import { type Kysely, type RawBuilder, type SelectQueryBuilder, sql } from "kysely";
import { type CallId, callOfRequest, firstCallId } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import { type CallQuery, type Found, MAX_FOUND, MAX_LOOKED_AT } from "./found.ts";
import { type Joined, record, type Tables, withEnds } from "./joined.ts";
import { GONE_MS, type OpenedRow } from "./row.ts";

interface Ports {
  readonly db: Kysely<Tables>;
  /** Milliseconds since 1970 on the clock that `gates.seen_at` is written by. */
  readonly now: () => RawBuilder<number>;
}

/** What an index finds calls by, the one first that most likely leaves the fewest. `status` stands in the table of ends. */
const INDEXED = ["request", "session", "principal", "target", "rule", "status", "verdict", "server"] as const;
type Lead = (typeof INDEXED)[number];
/** What no index has, because it is most of all calls, or follows from what is not there. */
const COMMON: ReadonlySet<string> = new Set(["ok", "open", "unknown", "allow"]);
const OF_OPENED = [
  "session",
  "principal",
  "target",
  "rule",
  "verdict",
  "server",
  "method",
  "target_kind",
] as const;
const MIXED = [...OF_OPENED, "request", "client", "status"] as const;

function leadOf(query: CallQuery): Lead | undefined {
  return INDEXED.find((name) => query[name] !== undefined && !COMMON.has(query[name]));
}

/** The calls of an exchange of that name, the one whose id it is among them; by the index of each. */
function callsOf({ db }: Ports, tenant: TenantId, request: string) {
  const named = db
    .selectFrom("opened as r")
    .where("r.tenant", "=", tenant)
    .where("r.request", "=", request)
    .where("r.request", "<>", "")
    .select("r.call");
  const own = callOfRequest(request);
  return own === undefined ? named : named.union(db.selectNoFrom(sql<string>`${own}`.as("call")));
}

/** The openings or ends that an index leads to, in the order and the time that are asked for. */
function led(
  ports: Ports,
  table: "opened" | "closed",
  tenant: TenantId,
  query: CallQuery,
  lead: Lead | undefined,
) {
  const { since, until, beyond, order } = query;
  const newest = order === "newest";
  const call = sql.ref<string>("l.call");
  const from = ports.db.selectFrom(`${table} as l`) as unknown as SelectQueryBuilder<
    Tables & { readonly l: OpenedRow },
    "l",
    // oxlint-disable-next-line typescript/no-generated-empty-object-type -- nothing is selected yet
    Record<never, never>
  >;
  return (
    from
      .where("l.tenant", "=", tenant)
      .$if(lead !== undefined && lead !== "request", (some) =>
        some.where(sql.ref(`l.${lead ?? "rule"}`), "=", query[lead ?? "rule"] ?? ""),
      )
      .$if(lead === "request", (some) => some.where(call, "in", callsOf(ports, tenant, query.request ?? "")))
      // The words of the partial indexes, so that they are taken.
      .$if(lead === "verdict", (some) => some.where(sql<boolean>`l.verdict <> 'allow'`))
      .$if(lead === "status", (some) => some.where(sql<boolean>`l.status <> 'ok'`))
      .$if(lead === "session", (some) => some.where(sql<boolean>`l.session <> ''`))
      .$if(since !== undefined, (some) => some.where(call, ">=", firstCallId(since ?? 0)))
      .$if(until !== undefined, (some) => some.where(call, "<", firstCallId(until ?? 0)))
      .$if(beyond !== undefined, (some) => some.where(call, newest ? "<" : ">", beyond ?? ""))
      .orderBy("l.call", newest ? "desc" : "asc")
  );
}

/** The openings that are looked at, at most so many. */
function lookedAt(ports: Ports, tenant: TenantId, query: CallQuery, lead: Lead | undefined, most: number) {
  if (lead !== "status") return led(ports, "opened", tenant, query, lead).limit(most).selectAll();
  return ports.db
    .selectFrom("opened as t")
    .innerJoin(
      led(ports, "closed", tenant, query, lead).limit(most).select("l.call").as("ended"),
      "ended.call",
      "t.call",
    )
    .where("t.tenant", "=", tenant)
    .orderBy("t.call", query.order === "newest" ? "desc" : "asc")
    .selectAll("t");
}

/** How far a call has come that has no end: its gate is there, or it is gone. */
function endless({ now }: Ports, status: "open" | "unknown") {
  const since = sql`${now()} - ${sql.lit(GONE_MS)}`;
  return status === "open"
    ? sql<boolean>`(c.call is null and g.seen_at > ${since})`
    : sql<boolean>`(c.status = 'unknown' or c.call is null and (g.seen_at is null or g.seen_at <= ${since}))`;
}

function statusIs(ports: Ports, status: NonNullable<CallQuery["status"]>) {
  return status === "open" || status === "unknown"
    ? endless(ports, status)
    : sql<boolean>`c.status = ${status}`;
}

/** A client by its name and version, or by its name alone. */
function clientIs(client: string) {
  const named = `${client}/`;
  return sql<boolean>`(o.client = ${client} or substr(o.client, 1, ${sql.lit(named.length)}) = ${named})`;
}

/** Looks for calls, a page at a time. Rejects where the records cannot be read. */
export function finder(ports: Ports): (tenant: TenantId) => (query: CallQuery) => Promise<Found> {
  return (tenant) => async (query) => {
    const limit = Math.max(1, Math.min(query.limit, MAX_FOUND));
    const lead = leadOf(query);
    const mixed = MIXED.some((name) => name !== lead && query[name] !== undefined);
    const { client, status, request } = query;
    // Ends lead to openings that have to be looked up one by one.
    const most = lead === "status" ? MAX_LOOKED_AT / 2 : MAX_LOOKED_AT;
    const looked = lookedAt(ports, tenant, query, lead, mixed ? most : limit);
    const rows = await withEnds(ports, ports.db.selectFrom(looked.as("o")))
      .where("o.tenant", "=", tenant)
      .$call((some) =>
        OF_OPENED.reduce(
          (each, name) => (query[name] === undefined ? each : each.where(`o.${name}`, "=", query[name])),
          some,
        ),
      )
      .$if(request !== undefined, (some) => some.where("o.call", "in", callsOf(ports, tenant, request ?? "")))
      .$if(client !== undefined, (some) => some.where(clientIs(client ?? "")))
      .$if(status !== undefined, (some) => some.where(statusIs(ports, status ?? "ok")))
      .orderBy("o.call", query.order === "newest" ? "desc" : "asc")
      .limit(limit)
      .execute();
    const records = rows.map((row) => record(row as Joined, Number.MAX_SAFE_INTEGER, "with its end"));
    if (rows.length === limit) return { records, next: records.at(-1)?.opened.call };
    if (!mixed) return { records, next: undefined };
    const last = await led(ports, lead === "status" ? "closed" : "opened", tenant, query, lead)
      .select("l.call")
      .offset(most - 1)
      .limit(1)
      .executeTakeFirst();
    return { records, next: last?.call as CallId | undefined };
  };
}
