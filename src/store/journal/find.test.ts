import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closed, opened } from "../../../test/faults/journal-events.ts";
import { engines } from "../../../test/engines.ts";
import { type CallId, callId, requestId } from "../../call/id.ts";
import { openStore } from "../open.ts";
import type { CallRecord, JournalEvent, Store, TenantJournal } from "../store.ts";
import { type CallQuery, MAX_LOOKED_AT } from "./found.ts";

/** Every page of what is looked for, and how many there were. */
async function all(journal: TenantJournal, query: CallQuery) {
  const records: CallRecord[] = [];
  let beyond: CallId | undefined;
  let pages = 0;
  do {
    const page = await journal.find({ ...query, ...(beyond !== undefined && { beyond }) });
    expect(page.records.length).toBeLessThanOrEqual(query.limit);
    records.push(...page.records);
    beyond = page.next;
    pages += 1;
  } while (beyond !== undefined);
  return { ids: records.map(({ opened: { call } }) => call), records, pages };
}

const few = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const call = fc.record({
  ms: fc.nat({ max: 50 }),
  principal: few("ana", "bo"),
  client: few("cli/1", "cli/2", "cli-x/1", ""),
  server: few("files", "web"),
  target: few("read", "write"),
  method: few("tools/call", "prompts/get"),
  rule: few("reads", "default"),
  verdict: few("allow" as const, "deny" as const),
  status: few(undefined, "ok" as const, "error" as const, "denied" as const, "unknown" as const),
  session: few("", "one", "two"),
  request: few("", "r-1", "r-2"),
});
const asked = fc.record(
  {
    principal: few("ana", "bo"),
    client: few("cli", "cli/1"),
    server: few("files", "web"),
    target: few("read", "write"),
    method: few("tools/call", "prompts/get"),
    rule: few("reads", "default"),
    verdict: few("allow" as const, "deny" as const),
    status: few("open" as const, "ok" as const, "error" as const, "unknown" as const),
    session: few("one", "two"),
    // The first call's own, or one that a client gave.
    request: few("own", "r-1"),
    since_ms: fc.nat({ max: 50 }),
    until_ms: fc.nat({ max: 50 }),
  },
  { requiredKeys: [] },
);
const BEGAN = 1_790_000_000_000;

describe.each(engines())("looking for calls in $name", ({ address }) => {
  let store: Store;
  beforeAll(async () => {
    store = await openStore(await address());
  });
  afterAll(async () => await store.close());

  test("pages hold exactly what was asked for, in the order that was asked for", async () => {
    let tenants = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(call, { maxLength: 12 }),
        asked,
        few("newest" as const, "oldest" as const),
        fc.integer({ min: 1, max: 4 }),
        async (calls, { since_ms, until_ms, ...named }, order, limit) => {
          const { journal } = store.forTenant(`t${++tenants}`);
          const made = calls.map(({ ms, status, ...more }) => ({
            id: callId(BEGAN + ms),
            ms,
            status,
            ...more,
          }));
          const own = requestId(made[0]?.id ?? callId(BEGAN));
          const filter = { ...named, ...(named.request === "own" && { request: own }) };
          const events = made.flatMap(({ id, ms, status, ...more }): JournalEvent[] => [
            opened(id, { at: BEGAN + ms, ...more }),
            ...(status === undefined ? [] : [closed(id, { status })]),
          ]);
          await journal.append(events);
          const expected = made
            .filter(
              (each) =>
                (since_ms === undefined || each.ms >= since_ms) &&
                (until_ms === undefined || each.ms < until_ms) &&
                Object.entries(filter).every(([name, value]) => {
                  if (name === "client") return each.client === value || each.client.startsWith(`${value}/`);
                  if (name === "request") return each.request === value || requestId(each.id) === value;
                  if (name === "status") return (each.status ?? "open") === value;
                  return each[name as "rule"] === value;
                }),
            )
            .map(({ id }) => id)
            .toSorted();
          const found = await all(journal, {
            ...filter,
            ...(since_ms !== undefined && { since: BEGAN + since_ms }),
            ...(until_ms !== undefined && { until: BEGAN + until_ms }),
            order,
            limit,
          });
          expect(found.ids).toEqual(order === "oldest" ? expected : expected.toReversed());
        },
      ),
      { numRuns: 60 },
    );
  });

  test("what no index finds is looked for among so many calls a page, and the page says where to go on", async () => {
    const { journal } = store.forTenant("large");
    const ids = Array.from({ length: MAX_LOOKED_AT + 5 }, (_each, at) => callId(BEGAN + at));
    for (let from = 0; from < ids.length; from += 2_000)
      await journal.append(
        ids
          .slice(from, from + 2_000)
          .map((id, at) => opened(id, { method: from + at === 0 ? "prompts/get" : "tools/call" })),
      );
    const query: CallQuery = { method: "prompts/get", order: "newest", limit: 10 };
    const first = await journal.find(query);
    expect(first.records).toEqual([]);
    expect(first.next).toBe(ids[5]);
    const found = await all(journal, query);
    expect([found.ids, found.pages]).toEqual([[ids[0]], 2]);
    // What an index finds is there at once.
    expect((await all(journal, { verdict: "deny", order: "newest", limit: 10 })).pages).toBe(1);
  });
});
