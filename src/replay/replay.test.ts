import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { journal } from "../audit/journal.ts";
import type { Call } from "../call/call.ts";
import { type ApprovalId, type CallId, callId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Deny, Verdict } from "../call/verdict.ts";
import { policyOf } from "../policy/compile.ts";
import { parsePolicy } from "../policy/parse.ts";
import { openStore } from "../store/open.ts";
import type { CallRecord, Store, TenantJournal } from "../store/store.ts";
import { replay } from "./replay.ts";
import type { Report } from "./report.ts";

const START = Date.UTC(2026, 10, 20, 10);
const policy = (text: string) => parsePolicy([{ file: "p.yaml", text }], { root: "/srv" });

let folder: string;
let store: Store;
let tenants = 0;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "replay-"));
  store = await openStore({ kind: "sqlite", path: join(folder, "j.db") });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Made {
  readonly after_ms: number;
  readonly lasts_ms?: number;
  readonly tool?: string;
  readonly user?: string;
  readonly args?: JsonObject;
  readonly status?: "ok" | "error";
  readonly verdict?: Verdict;
  /** What people say where they are asked; nothing yet where it is left out. */
  readonly people?: "approve" | "refuse" | undefined;
}

/** What becomes of a call that policy holds, once people were asked. */
function answered(verdict: Verdict, people: Made["people"]): Verdict {
  if (verdict.kind !== "hold" || people === undefined) return verdict;
  const { rule, why, charges } = verdict;
  const approval = "apr_01kah6qv9ye5svxc7r4jzd0m2n" as ApprovalId;
  if (people === "approve")
    return { kind: "allow", rule, approval, ...(charges !== undefined && { charges }) };
  return { kind: "deny", rule, cause: { kind: "not-approved", approval }, why };
}

/** Calls judged and charged as a gate does it, one after the other; gives the tenant's journal. */
async function record(text: string, calls: readonly Made[]): Promise<TenantJournal> {
  const set = policy(text);
  const judging = policyOf(set, () => ["path"]);
  const tenant = `t${tenants++}`;
  let clock = START;
  let ticks = 0;
  const kept = journal(store, {
    detail: "full",
    mode: "enforce",
    log: { warn: () => undefined, error: () => undefined },
    now: () => clock,
    elapsed: () => ticks,
  });
  const ends: { readonly at: number; readonly end: () => Promise<void> }[] = [];
  const until = async (at: number): Promise<void> => {
    for (const each of ends.filter((end) => end.at <= at).toSorted((a, b) => a.at - b.at)) {
      ends.splice(ends.indexOf(each), 1);
      clock = each.at;
      await each.end();
    }
  };
  for (const {
    after_ms,
    lasts_ms = 1,
    tool = "pay",
    user = "ana",
    args = {},
    status = "ok",
    verdict,
    people,
  } of calls) {
    const at = clock + after_ms;
    await until(at);
    clock = at;
    const call: Call = {
      id: callId(at),
      at,
      principal: { id: user, tenant, roles: [], scopes: [], source: "local-account" },
      client: undefined,
      era: "modern",
      server: "bank",
      method: "tools/call",
      target: { kind: "tool", name: tool },
      args,
      meta: {},
      inexact: [],
    };
    const hidden = judging.hides(call.principal, call.server, call.target);
    const facts = { size_bytes: 100, policy_version: set.version, resource_args: ["path"], hidden };
    const decision = { call, edits: [], findings: [], trail: [] };
    const said = verdict ?? (hidden ? HIDDEN : answered(judging.judge(call, []), people));
    const ended = said.kind === "allow" ? status : said.kind === "hold" ? "held" : "denied";
    const opened = await kept.open({ ...decision, verdict: said }, facts);
    if ("close" in opened) {
      ends.push({
        at: at + lasts_ms,
        async end() {
          ticks += lasts_ms;
          opened.close({ status: ended });
          await opened.kept();
        },
      });
      continue;
    }
    if (opened.kind !== "full") throw new Error(`no limit is full: ${opened.kind}`);
    const { charge } = opened;
    const rule = { source: set.version, rule: charge.rule };
    const full: Deny = { kind: "deny", rule, cause: { kind: "limit", resets: 0 }, why: charge.says };
    const entry = await kept.open({ ...decision, verdict: full }, facts);
    if ("close" in entry) entry.close({ status: "denied" });
  }
  await until(Number.POSITIVE_INFINITY);
  await store.check();
  return store.forTenant(tenant).journal;
}
const HIDDEN: Deny = {
  kind: "deny",
  rule: { source: "stage", rule: "visibility" },
  cause: { kind: "hidden" },
  why: "hidden",
};

const over = (rows: Pick<TenantJournal, "page">, text: string, since = START): Promise<Report> =>
  replay(rows, { after: policy(text) }, { since, until: START * 2 });
const LIMITS = `
defaults: { verdict: allow }
rules:
  - { name: rate, match: { tool: pay }, limit: { rate: 3/10m, per: [user], burst: 2 } }
  - { name: fixed, match: { tool: pay }, limit: { rate: 6/hour, window: fixed, per: [tenant] } }
  - { name: day, limit: { quota: 20/day, timezone: Europe/Amsterdam } }
  - { name: at-once, match: { tool: hold }, limit: { concurrency: 2 } }
  - { name: sum, match: { tool: pay }, limit: { quota: 30/day, meter: args.amount, per: [user] } }
  - { name: once, match: { tool: pay }, limit: { rate: 99/hour, once: args.id } }
  - { name: time, match: { tool: hold }, limit: { quota: 1/day, meter: compute_hours } }
  - { name: large, match: { tool: pay }, when: args.amount > 10, ask: { approvers: 1 }, why: Large. }
`;

test("limits are counted again as a store counted them: nothing changes under the same policy", async () => {
  const made = fc.record({
    after_ms: fc.integer({ min: 1, max: 600_000 }),
    lasts_ms: fc.integer({ min: 1, max: 2_000_000 }),
    tool: fc.constantFrom("pay", "pay", "hold"),
    user: fc.constantFrom("ana", "ben"),
    args: fc.record({ amount: fc.constantFrom(1, 5, 12.5), id: fc.constantFrom(null, null, "a", "b", 3) }),
    status: fc.constantFrom<"ok" | "error">("ok", "ok", "error"),
    people: fc.constantFrom<Made["people"][]>(undefined, "approve", "approve", "refuse"),
  });
  let refused = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(made, { minLength: 30, maxLength: 60 }), async (calls) => {
      const found = await over(await record(LIMITS, calls), LIMITS);
      expect(found).toMatchObject({ calls: calls.length, judged: calls.length, undecided: 0 });
      expect(found.changes).toEqual([]);
      refused += found.limits.reduce((sum, limit) => sum + limit.refused, 0);
    }),
    { numRuns: 12 },
  );
  expect(refused).toBeGreaterThan(10);
});

test("a call that people were asked about was held, whatever they said, and a policy is compared with that", async () => {
  const asks = "rules:\n  - { name: look, match: { tool: pay }, ask: { approvers: [ben] }, why: Look. }\n";
  const rows = await record(asks, [
    { after_ms: 1 },
    { after_ms: 1, people: "approve" },
    { after_ms: 1, people: "refuse" },
  ]);
  expect(await over(rows, asks)).toMatchObject({ calls: 3, judged: 3, changed: 0 });
  expect((await over(rows, asks.replace("[ben]", "[ana, ben]"))).changed).toBe(0);
  const open = await over(rows, "rules:\n  - { name: free, match: { tool: pay }, allow: true }\n");
  expect(open.changes).toMatchObject([{ from: "hold", to: "allow", was: "look", rule: "free", calls: 3 }]);
  const shut = await over(rows, "");
  expect(shut.changes).toMatchObject([
    { from: "hold", to: "deny", was: "look", rule: "visibility", calls: 3 },
  ]);
  const free = await record("defaults: { verdict: allow }\n", [{ after_ms: 1 }]);
  expect((await over(free, asks)).changes).toMatchObject([{ from: "allow", to: "hold", rule: "look" }]);
});

test("what is held takes of a limit only once people let it through", async () => {
  const asks = "rules:\n  - { name: look, match: { tool: pay }, ask: { approvers: [ben] }, why: Look. }\n";
  const rows = await record(asks, [
    { after_ms: 1 },
    { after_ms: 1, people: "approve" },
    { after_ms: 1, people: "approve" },
    { after_ms: 1 },
  ]);
  const found = await over(rows, `${asks}  - { name: one, limit: { quota: 1/day } }\n`);
  expect(found.changes).toMatchObject([{ from: "hold", to: "deny", rule: "one", limit: true, calls: 1 }]);
  expect(found.limits).toMatchObject([{ rule: "one", charged: 1, refused: 1 }]);
});

test("what was taken before the time that is asked for counts, and is not reported", async () => {
  const text = "defaults: { verdict: allow }\nrules:\n  - { name: day, limit: { quota: 3/day } }\n";
  const rows = await record(
    text,
    [1, 2, 3].map(() => ({ after_ms: 60_000 })),
  );
  await over(rows, text);
  const found = await over(rows, text.replace("3/day", "2/day"), START + 150_000);
  expect(found).toMatchObject({ calls: 1, changed: 1 });
  expect(found.changes).toMatchObject([{ from: "allow", to: "deny", rule: "day", limit: true }]);
});

test("what no policy changes stays; what was hidden is judged; a name that was cut is in doubt", async () => {
  const wrong: Deny = {
    kind: "deny",
    rule: { source: "stage", rule: "arguments" },
    cause: { kind: "argument", path: "/a" },
    why: "wrong",
  };
  const text = "rules:\n  - { name: pays, match: { tool: pay }, allow: true }\n";
  const rows = await record(text, [
    { after_ms: 1 },
    { after_ms: 1, verdict: wrong },
    { after_ms: 1, tool: "secret" },
    { after_ms: 1, user: "x".repeat(2_000) },
  ]);
  expect(await over(rows, text)).toMatchObject({ calls: 4, judged: 3, undecided: 1, beside: 1, changed: 0 });
  const all = await over(rows, "defaults: { verdict: allow }\n");
  expect(all).toMatchObject({ judged: 3, beside: 1, changed: 1 });
  expect(all.changes).toMatchObject([{ from: "deny", to: "allow", was: "visibility", rule: "default" }]);
  expect(all.undecidable).toMatchObject([
    { rule: "", looked: "a name was cut when it was written down", calls: 1 },
  ]);
});

test("a rule that denies for certain decides, whatever was not kept says", async () => {
  const text = "defaults: { verdict: allow }\n";
  const rows = await record(text, [{ after_ms: 1, args: { token: "x", n: 1 } }]);
  const rule = (name: string, when: string): string =>
    `  - { name: ${name}, when: '${when}', deny: true, why: no }\n`;
  const doubt = await over(rows, `${text}rules:\n${rule("a", 'args.token == "x"')}`);
  expect(doubt).toMatchObject({ judged: 0, undecided: 1 });
  expect(doubt.undecidable).toMatchObject([{ rule: "a", looked: "args.token" }]);
  const sure = await over(
    rows,
    `${text}rules:\n${rule("a", 'args.token == "x"')}${rule("b", "args.n == 1")}`,
  );
  expect(sure.changes).toMatchObject([{ to: "deny", rule: "b" }]);
});

test("pages are read one by one, and neither groups nor names of a report grow with the calls", async () => {
  const [one] = await (await record("defaults: { verdict: allow }\n", [{ after_ms: 1 }])).page({ limit: 1 });
  const sizes: number[] = [];
  const TOTAL = 5_000;
  const rows: Pick<TenantJournal, "page"> = {
    page({ after, limit }) {
      const from = after === undefined ? 0 : Number.parseInt(after.slice(5), 10) + 1;
      const page = Array.from({ length: Math.min(limit, TOTAL - from) }, (_, at): CallRecord => {
        const call = `call_${String(from + at).padStart(26, "0")}` as CallId;
        const opened = { ...one?.opened, call, principal: `user-${from + at}` } as CallRecord["opened"];
        return { ...(one as CallRecord), opened };
      });
      sizes.push(page.length);
      return Promise.resolve(page);
    },
  };
  const found = await over(rows, "defaults: { verdict: deny }\n", 0);
  expect(found).toMatchObject({ calls: TOTAL, changed: TOTAL });
  expect(Math.max(...sizes)).toBeLessThanOrEqual(1_000);
  expect(found.changes[0]?.principals.length).toBeLessThan(300);
  expect(found.changes[0]?.principals[0]).toMatchObject({ name: "(others)" });
});

test("a subscription is judged as such and for each resource that it asks for", async () => {
  const [tool] = await (await record("defaults: { verdict: allow }\n", [{ after_ms: 1 }])).page({ limit: 1 });
  const opened = { ...tool?.opened, method: "subscriptions/listen", target: "", target_kind: "none" };
  const args = { notifications: { resourceSubscriptions: ["demo://a", "demo://b"] } };
  const rows = (lost: readonly string[]): Pick<TenantJournal, "page"> => ({
    page: ({ after }) =>
      Promise.resolve(
        after === undefined
          ? [
              {
                ...tool,
                opened: { ...opened, detail: { ...tool?.opened.detail, args, judged_on: { lost } } },
              } as CallRecord,
            ]
          : [],
      ),
  });
  const text = `defaults: { verdict: allow }\nrules:\n  - { name: not-b, match: { resource: "demo://b" }, deny: true, why: no }\n`;
  expect((await over(rows([]), text)).changes).toMatchObject([{ to: "deny", rule: "visibility" }]);
  expect((await over(rows([]), text.replace("demo://b", "demo://c"))).changed).toBe(0);
  expect(await over(rows(["/notifications/resourceSubscriptions/0"]), text)).toMatchObject({ undecided: 1 });
});

test("a record from before its facts were kept is judged by what it has, and is in doubt where that is too little", async () => {
  const text = "rules:\n  - { name: pays, match: { tool: pay }, allow: true }\n";
  const [hidden, paid] = await (
    await record(text, [
      { after_ms: 1, tool: "secret" },
      { after_ms: 1, args: { n: 1 } },
    ])
  ).page({ limit: 2 });
  const old = [hidden, paid].flatMap((one) => {
    const { judged_on: _, ...detail } = one?.opened.detail ?? {};
    return one === undefined ? [] : [{ ...one, opened: { ...one.opened, detail } }];
  });
  const rows: Pick<TenantJournal, "page"> = {
    page: ({ after }) => Promise.resolve(after === undefined ? old : []),
  };
  expect(await over(rows, text)).toMatchObject({ calls: 2, judged: 2, changed: 0 });
  const open = await over(rows, "defaults: { verdict: allow }\n");
  expect(open.undecidable).toMatchObject([{ looked: "why it was answered as unknown", calls: 1 }]);
  const looks = await over(rows, `${text}  - { name: many, when: args.n > 3, deny: true, why: no }\n`);
  expect(looks.undecidable).toMatchObject([{ rule: "many", looked: "args" }]);
});
