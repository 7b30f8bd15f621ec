import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { closed, opened } from "../../../test/faults/journal-events.ts";
import { actId, callId } from "../../call/id.ts";
import { openStore } from "../../store/open.ts";
import type { Store } from "../../store/store.ts";
import { wholeOf } from "../form/line.ts";
import { callEntry, orderOf } from "./entry.ts";
import { markNow, newsAfter } from "./follow.ts";
import { readAll, readPage } from "./page.ts";
import { isFollowed, type RecordQuery } from "./query.ts";
import { masked, redaction } from "./redaction.ts";
import { trace } from "./trace.ts";

const folder = mkdtempSync(join(tmpdir(), "reading-"));
let store: Store;
beforeAll(async () => {
  store = await openStore({ kind: "sqlite", path: join(folder, "portcullis.db") });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

const BEGAN = 1_790_000_000_000;
const few = <T>(...values: readonly T[]) => fc.constantFrom(...values);
const made = fc.array(
  fc.record({
    ms: fc.nat({ max: 30 }),
    act: fc.boolean(),
    principal: few("ana", "bo"),
    server: few("files", "web"),
    words: few("Blue Sky", 'a "quoted" word', "nothing"),
    finding: few("pii", "secret"),
  }),
  { maxLength: 14 },
);
const asked = fc.record(
  {
    principal: few("ana", "bo"),
    server: few("files", "web"),
    text: few("blue", '"QUOTED"', "key.made", "none of it"),
    finding: few("pii", "secret"),
    action: few("key.made", "key.", "user."),
    since: fc.nat({ max: 30 }).map((ms) => BEGAN + ms),
  },
  { requiredKeys: [] },
);

test("pages of calls and acts hold what is looked for, once each and in order, and what is followed is the same", async () => {
  let tenants = 0;
  await fc.assert(
    fc.asyncProperty(
      made,
      asked,
      few("all" as const, "calls" as const, "acts" as const),
      few("newest" as const, "oldest" as const),
      fc.integer({ min: 1, max: 4 }),
      async (things, named, kinds, order, limit) => {
        const rows = store.forTenant(`t${++tenants}`);
        const ids: { readonly id: string; readonly hit: boolean }[] = [];
        const query: RecordQuery = { ...named, kinds, order };
        for (const { ms, act, principal, server, words, finding } of things) {
          const at = BEGAN + ms;
          const common =
            (named.principal === undefined || named.principal === principal) &&
            (named.since === undefined || at >= named.since);
          if (act) {
            const id = actId(at);
            const detail = { words };
            await rows.acts.write({
              kind: "act",
              id,
              at,
              principal,
              action: "key.made",
              object: "k",
              outcome: "ok",
              detail,
            });
            const holds =
              named.text === undefined ||
              named.text === "key.made" ||
              words.toLowerCase().includes(named.text.toLowerCase());
            const hit =
              kinds !== "calls" &&
              named.server === undefined &&
              named.finding === undefined &&
              named.action !== "user." &&
              holds;
            ids.push({ id, hit: hit && common });
          } else {
            const id = callId(at);
            const detail = { args: { words }, findings: [{ class: finding }] };
            await rows.journal.append([opened(id, { at, principal, server, detail }), closed(id, { at })]);
            const hit =
              kinds !== "acts" &&
              named.action === undefined &&
              (named.server === undefined || named.server === server) &&
              (named.finding === undefined || named.finding === finding) &&
              (named.text === undefined || words.toLowerCase().includes(named.text.toLowerCase()));
            ids.push({ id, hit: hit && common });
          }
        }
        const expected = ids
          .filter(({ hit }) => hit)
          .map(({ id }) => id)
          .toSorted((a, b) => (orderOf(a) < orderOf(b) ? -1 : 1));
        const found: string[] = [];
        let from: string | undefined;
        do {
          const page = await readPage(rows, query, limit, from);
          expect(page.items.length).toBeLessThanOrEqual(limit);
          found.push(...page.items.map(({ id }) => id));
          from = page.next;
        } while (from !== undefined);
        expect(found).toEqual(order === "oldest" ? expected : expected.toReversed());
        const news = await newsAfter(rows, { position: 0, acts: 0 }, 1000);
        const followed = news.entries.filter(
          (entry) =>
            isFollowed(entry, query) &&
            (entry.kind === "call" ? kinds !== "acts" && named.action === undefined : true),
        );
        const calls = followed.filter(({ kind }) => kind === "call").map(({ id }) => id);
        expect(calls).toEqual(expected.filter((id) => id.startsWith("call_")));
        expect(await newsAfter(rows, await markNow(rows), 10)).toMatchObject({ entries: [], more: false });
      },
    ),
    { numRuns: 40 },
  );
});

test("a page that finds nothing says where it stopped, and goes on there", async () => {
  const { journal, acts } = store.forTenant("rare");
  const ids = Array.from({ length: 5_600 }, (_, at) => callId(BEGAN + at));
  await journal.append(
    ids.map((id, at) => opened(id, { at: BEGAN + at, detail: at === 3 ? { args: { x: "needle" } } : {} })),
  );
  const query: RecordQuery = { kinds: "all", text: "needle", order: "newest" };
  const first = await readPage({ journal, acts }, query, 10);
  expect(first.items).toEqual([]);
  expect(first.looked).toBeLessThan(5_600);
  expect(first.next).toBeDefined();
  const found: string[] = [];
  for await (const page of readAll({ journal, acts }, query)) found.push(...page.items.map(({ id }) => id));
  expect(found).toEqual([ids[3]]);
});

describe("what is let out", () => {
  const PERSONAL = {
    ssn: "078-05-1120",
    mail: "Write to ana@example.com today",
    card: 4_111_111_111_111_111,
    fine: "blue sky",
    deep: [{ token: "ghp_16C7e42F292c6912E7710c838347Ae178B4a" }],
  };
  const entry = callEntry({
    tenant: "acme",
    position: 1,
    opened: opened(callId(1), {
      principal: "ana@example.com",
      detail: { args: PERSONAL, roles: ["nurse"], intent: "read", declared_intent: "help Ana" },
    }),
    closed: undefined,
    status: "open",
  });
  const out = (level: Parameters<typeof redaction>[0], key?: Uint8Array): string =>
    JSON.stringify(wholeOf(redaction(level, key)(entry)));

  test("is masked where it is personal", () => {
    const text = out("personal");
    for (const word of ["078-05-1120", "4111111111111111", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"])
      expect(text).not.toContain(word);
    expect(text).toContain("[REDACTED:SSN]");
    expect(text).toContain("Write to [REDACTED:EMAIL] today");
    expect(text).toContain("blue sky");
  });

  test("has no arguments at the next level, and no person at the last", () => {
    expect(out("payload")).not.toMatch(/blue sky|help Ana/);
    expect(out("payload")).toContain("ana@example.com");
    const key = Buffer.from("key");
    expect(out("identity", key)).not.toMatch(/blue sky|ana@example\.com|nurse/);
    expect(out("identity", key)).toMatch(/"principal":"person_[\w-]{22}"/);
    expect(out("identity", key)).toBe(out("identity", key));
    expect(out("identity", Buffer.from("other"))).not.toBe(out("identity", key));
    expect(out("identity")).toContain('"principal":""');
  });

  test("is the text itself where nothing is personal", () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom("b", "l", " "), maxLength: 60 }), (text) => {
        expect(masked(text)).toBe(text);
      }),
    );
  });
});

test("a call is told from the request to the result, with what people and administrators did", async () => {
  const rows = store.forTenant("story");
  const id = callId(BEGAN);
  await rows.journal.append([
    opened(id, { at: BEGAN, detail: { trail: [{ stage: "pii", said: "pass", why: "clean" }] } }),
    closed(id, { at: BEGAN + 9 }),
  ]);
  await rows.acts.write({
    kind: "act",
    id: actId(BEGAN + 20),
    at: BEGAN + 20,
    principal: "ops",
    action: "payload.opened",
    object: id,
    outcome: "ok",
    detail: {},
  });
  const found = await trace(rows, id);
  expect(found?.steps.map(({ step, by }) => [step, by])).toEqual([
    ["request", "ana"],
    ["stage", "pii"],
    ["decision", "portcullis"],
    ["result", "files"],
    ["act", "ops"],
  ]);
  expect(found?.steps[1]?.what).toBe("pass: clean");
  expect((await trace(rows, id, false))?.steps[1]?.what).toBe("pass");
  expect(await trace(rows, callId(1))).toBeUndefined();
});
