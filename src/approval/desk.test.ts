import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { opened } from "../../test/faults/journal-events.ts";
import { engines } from "../../test/engines.ts";
import type { Ask } from "../call/ask.ts";
import { type ApprovalId, approvalId, type CallId, callId, type Instant, noticeId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Actor, Matter, Question } from "../store/approvals.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { type Bound, boundOf, type Subject } from "./binding.ts";
import { type Desk, desk } from "./desk.ts";
import { expire } from "./expiry.ts";
import { standingOf } from "./state.ts";

const HOUR = 3_600_000;
const START = Date.UTC(2026, 10, 21, 9);
const rule = (more: Partial<Ask> = {}): Ask => ({
  rule: "two",
  version: "sha256:1",
  approvers: ["ana", "bo", "carl"],
  quorum: 2,
  within_ms: HOUR,
  requester_may_approve: false,
  notify: ["log:"],
  why: "Two people.",
  ...more,
});
const subject = (args: JsonObject, more: Partial<Subject> = {}): Subject => ({
  tenant: "default",
  principal: "agent",
  server: "bank",
  method: "tools/call",
  target_kind: "tool",
  target: "pay",
  args,
  ...more,
});
const around = { bytes: "sha256:b", rest: {}, definition: "sha256:d" };
const ANA: Actor = { id: "ana", roles: [], source: "test" };
const BO: Actor = { id: "bo", roles: [], source: "test" };
const EVE: Actor = { id: "eve", roles: [], source: "test" };
const YES = { kind: "approve", preview: "sha256:p" } as const;

describe.each(engines())("$name", ({ address }) => {
  let store: Store;
  /** Another gate on the same store. */
  let other: Store;
  let now: Instant;
  let at: Desk;
  let there: Desk;
  beforeEach(async () => {
    const place = await address();
    store = await openStore(place);
    other = await openStore(place);
    now = START;
    at = desk(store, () => now, approvalId);
    there = desk(other, () => now, approvalId);
  });
  afterEach(async () => {
    await Promise.all([store.close(), other.close()]);
  });

  const loose = (of: Subject, asks = [rule()]): Bound => boundOf(of, asks, { ...around, bytes: "" });
  const exact = (of: Subject, asks = [rule()], more: Partial<typeof around> = {}): Bound =>
    boundOf(of, asks, { ...around, ...more });

  /** What a call comes to: `asked`, `waits`, `runs`, `denied`, `changed`, or `raced`. */
  async function call(
    of: Subject,
    asks = [rule()],
    more: Partial<typeof around> = {},
    [where, through]: readonly [Store, Desk] = [store, at],
  ): Promise<string> {
    const id = callId(now);
    const bound = exact(of, asks, more);
    const word = await through.word(of.tenant, bound, loose(of, asks));
    if (word.kind === "approved") return await settle(where, id, of, word.use(id), "runs");
    if (word.kind === "pending") return "waits";
    if (word.kind !== "none") return word.kind;
    const { args, tenant, principal: _, ...target } = of;
    const question: Question = {
      id: approvalId(now),
      at: now,
      call: id,
      ...bound,
      asks,
      expires: now + HOUR,
      shown: {
        ...target,
        client: "",
        args,
        whole: true,
        args_digest: "",
        definition: "sha256:d",
        policy_version: "",
      },
    };
    const letter = {
      id: noticeId(now),
      tenant,
      at: now,
      topic: "approval.asked",
      about: question.id,
      to: "log:",
      data: {},
    };
    return await settle(where, id, of, { kind: "ask", question, letters: [letter] }, "asked");
  }

  async function settle(
    where: Store,
    id: CallId,
    of: Subject,
    matter: Matter,
    done: string,
  ): Promise<string> {
    const { kind } = await where
      .forTenant(of.tenant)
      .journal.settle(opened(id), { call: id, at: now, charges: [], matter });
    return kind === "taken" ? done : kind;
  }

  const only = async (tenant = "default") => {
    const [first] = await at.list(tenant, { limit: 1 });
    if (first === undefined) throw new Error("nothing was asked");
    return first.question.id;
  };

  test("what two approve on one gate runs once on the other", async () => {
    const pay = subject({ amount: 5 });
    expect(await call(pay)).toBe("asked");
    expect(await call(pay)).toBe("waits");
    expect(await call(pay, [rule()], {}, [other, there])).toBe("waits");
    const id = await only();
    expect(await at.decide("default", id, EVE, YES, "")).toMatchObject({
      kind: "refused",
      code: "not-approver",
    });
    expect(await at.decide("default", id, ANA, YES, "fine")).toMatchObject({ kind: "done" });
    expect(await there.decide("default", id, ANA, YES, "")).toMatchObject({ code: "voted" });
    expect(await call(pay)).toBe("waits");
    expect(await there.decide("default", id, BO, YES, "")).toMatchObject({ kind: "done" });
    expect(await call(pay, [rule()], {}, [other, there])).toBe("runs");
    expect(await call(pay)).toBe("asked");
    const acts = (await at.get("default", id))?.acts ?? [];
    expect(acts.map(({ deed, state }) => [deed.kind, state])).toEqual([
      ["approve", "pending"],
      ["approve", "approved"],
      ["use", "used"],
    ]);
    const topics = (await store.outbox.list({ limit: 10 })).map(({ topic }) => topic).sort();
    expect(topics).toEqual(["approval.asked", "approval.asked", "approval.decided"]);
  });

  test("of two that make the approved call at once, on two gates, one runs", async () => {
    const pay = subject({ amount: 7 });
    await call(pay);
    const id = await only();
    await at.decide("default", id, ANA, YES, "");
    await at.decide("default", id, BO, YES, "");
    const ran = await Promise.all(
      Array.from({ length: 10 }, (_, n) =>
        call(pay, [rule()], {}, n % 2 === 0 ? [store, at] : [other, there]),
      ),
    );
    expect(ran.filter((each) => each === "runs")).toHaveLength(1);
    expect(ran.every((each) => ["runs", "raced", "asked", "waits"].includes(each))).toBe(true);
  });

  test("the same question that is put by many at once is put once", async () => {
    const asked = await Promise.all(
      Array.from({ length: 8 }, (_, n) =>
        call(subject({ n: 1 }), [rule()], {}, n % 2 === 0 ? [store, at] : [other, there]),
      ),
    );
    expect(asked.filter((each) => each === "asked")).toHaveLength(1);
    expect(await at.list("default", { limit: 10 })).toHaveLength(1);
  });

  test("who looked at it before somebody else acted decides nothing, where they say what they looked at", async () => {
    await call(subject({ amount: 1 }));
    const id = await only();
    expect(await at.decide("default", id, ANA, YES, "", 0)).toMatchObject({ kind: "done" });
    expect(await at.decide("default", id, BO, YES, "", 0)).toMatchObject({
      kind: "refused",
      code: "changed",
    });
    expect(await at.decide("default", id, BO, YES, "", 1)).toMatchObject({ kind: "done" });
  });

  test("votes that come at once are all counted, each once", async () => {
    await call(subject({ amount: 1 }), [rule({ quorum: 3 })]);
    const id = await only();
    const voters = ["ana", "bo", "carl", "ana", "bo"].map(
      (name): Actor => ({ id: name, roles: [], source: "test" }),
    );
    await Promise.all(voters.map((by, n) => (n % 2 === 0 ? at : there).decide("default", id, by, YES, "")));
    const approval = await at.get("default", id);
    expect(approval?.acts.map(({ by }) => by.id).sort()).toEqual(["ana", "bo", "carl"]);
    expect(approval?.acts.at(-1)?.state).toBe("approved");
  });

  test.each<[string, Subject, readonly Ask[], Partial<typeof around>]>([
    ["other arguments", subject({ amount: 6 }), [rule()], {}],
    ["another principal", subject({ amount: 5 }, { principal: "mallory" }), [rule()], {}],
    ["another tool", subject({ amount: 5 }, { target: "pay_all" }), [rule()], {}],
    ["another server", subject({ amount: 5 }, { server: "bank2" }), [rule()], {}],
    ["other bytes", subject({ amount: 5 }), [rule()], { bytes: "sha256:other" }],
    ["another definition of the tool", subject({ amount: 5 }), [rule()], { definition: "sha256:other" }],
    ["a rule that says something else", subject({ amount: 5 }), [rule({ version: "sha256:2" })], {}],
    ["one more rule that asks", subject({ amount: 5 }), [rule(), rule({ rule: "more" })], {}],
  ])("an approval is not for a call with %s", async (_name, changed, asks, more) => {
    const pay = subject({ amount: 5 });
    await call(pay);
    const id = await only();
    await at.decide("default", id, ANA, YES, "");
    await at.decide("default", id, BO, YES, "");
    now += 1_000;
    expect(await call(changed, [...asks], more)).toBe("asked");
    const same = exact(pay).subject === exact(changed, [...asks], more).subject;
    const before = await at.get("default", id);
    expect(before?.acts.at(-1)?.state).toBe(same ? "void" : "approved");
  });

  test("nobody sees, decides or uses another tenant's question", async () => {
    const theirs = subject({ amount: 5 }, { tenant: "acme" });
    await call(theirs);
    const id = await only("acme");
    expect(await at.get("default", id)).toBeUndefined();
    expect(await at.list("default", { limit: 10 })).toEqual([]);
    expect(await at.decide("default", id, ANA, YES, "")).toEqual({ kind: "not-found" });
    await at.decide("acme", id, ANA, YES, "");
    await at.decide("acme", id, BO, YES, "");
    expect(await call(subject({ amount: 5 }))).toBe("asked");
  });

  test("what is denied stays denied for as long as there was to decide, with the reason", async () => {
    const pay = subject({ amount: 5 });
    await call(pay);
    const id = await only();
    await at.decide("default", id, ANA, { kind: "deny" }, "not on a Friday");
    expect(await at.word("default", exact(pay), loose(pay))).toEqual({
      kind: "denied",
      id,
      reason: "not on a Friday",
    });
    now += HOUR;
    expect(await call(pay)).toBe("asked");
  });

  test("what is denied stays so however many other forms of the call were asked about since", async () => {
    const pay = subject({ amount: 5 });
    await call(pay);
    const id = await only();
    await at.decide("default", id, ANA, { kind: "deny" }, "no");
    for (let form = 0; form < 30; form += 1) {
      now += 1;
      expect(await call(pay, [rule()], { bytes: `sha256:${form}` })).toBe("asked");
    }
    expect(await at.word("default", exact(pay), loose(pay))).toMatchObject({ kind: "denied", id });
  });

  test("who spells an approved call otherwise is told that the approval is void", async () => {
    const pay = subject({ amount: 5 });
    await call(pay);
    const id = await only();
    const respelled = exact(pay, [rule()], { bytes: "sha256:other" });
    expect(await at.word("default", respelled, respelled)).toEqual({ kind: "none" }); // nobody had approved it
    now += 1;
    await call(pay);
    const [open] = await at.list("default", { limit: 1 });
    const again = open?.question.id ?? id;
    await at.decide("default", again, ANA, YES, "");
    await at.decide("default", again, BO, YES, "");
    expect(await at.word("default", respelled, respelled)).toEqual({ kind: "none", outdated: again });
  });

  test("what nobody decides expires, is said once to whoever was asked, and may be asked again", async () => {
    const pay = subject({ amount: 5 });
    await call(pay);
    const id = await only();
    now += HOUR;
    expect(await at.decide("default", id, ANA, YES, "")).toMatchObject({ kind: "refused", code: "decided" });
    expect(await Promise.all([expire(store, now), expire(other, now)]).then(([a, b]) => a + b)).toBe(1);
    expect(await expire(store, now)).toBe(0);
    const topics = (await store.outbox.list({ limit: 10 })).map(({ topic }) => topic).sort();
    expect(topics).toEqual(["approval.asked", "approval.expired"]);
    expect(await call(pay)).toBe("asked");
  });

  test("what was approved and is not used in time expires too", async () => {
    const pay = subject({ amount: 5 });
    await call(pay);
    const id = await only();
    await at.decide("default", id, ANA, YES, "");
    now += HOUR - 1;
    await at.decide("default", id, BO, YES, "");
    now += HOUR - 1;
    expect(await expire(store, now)).toBe(0);
    now += 1;
    expect(await call(pay)).toBe("asked");
    expect(await expire(store, now)).toBe(1);
  });

  const asked = (who: string, kind: "access" | "break_glass"): Promise<ApprovalId> =>
    at.request(
      {
        tenant: "default",
        by: { id: who, roles: [], source: "test" },
        kind,
        for_ms: 24 * HOUR,
        reason: "moving",
      },
      { ...rule({ quorum: 1 }), for_ms: 24 * HOUR, break_glass: true },
      "",
    );

  test("what people are let do for long keeps nothing that is behind it from its end", async () => {
    for (let each = 0; each < 200; each++)
      await at.decide("default", await asked(`agent-${each}`, "access"), ANA, YES, "");
    now += 1;
    await call(subject({ amount: 5 }));
    now += HOUR;
    expect(await expire(store, now)).toBe(1);
  });

  test("no number of requests hides an emergency", async () => {
    const taken = await asked("agent", "break_glass");
    now += 1;
    await asked("agent", "access");
    const [first] = await store.sought(START, 1);
    expect(first?.approval.question.id).toBe(taken);
  });

  test("who may decide can have it with other arguments; then only those run, once", async () => {
    const pay = subject({ amount: 5_000, to: "x" });
    await call(pay, [rule({ quorum: 1 })]);
    const id = await only();
    expect(await at.change("default", id, EVE, { amount: 50, to: "x" }, "")).toMatchObject({
      code: "not-approver",
    });
    const changed = await at.change("default", id, ANA, { amount: 50, to: "x" }, "less");
    expect(changed).toMatchObject({ kind: "done", changed: expect.stringMatching(/^apr_/) });
    const asks = [rule({ quorum: 1 })];
    expect(await at.word("default", exact(pay, asks), loose(pay, asks))).toMatchObject({
      kind: "changed",
      args: { amount: 50, to: "x" },
    });
    const less = subject({ amount: 50, to: "x" });
    expect(await call(less, asks, { bytes: "sha256:whatever the model writes" })).toBe("runs");
    expect(await call(less, asks)).toBe("asked");
    expect(await call(pay, asks)).toBe("asked");
  });

  test("who asked can take it back; nobody else can", async () => {
    await call(subject({ amount: 5 }));
    const id = await only();
    expect(await at.withdraw("default", id, ANA)).toBe(false);
    expect(await at.withdraw("default", id, { id: "agent", roles: [], source: "test" })).toBe(true);
    expect(await at.decide("default", id, ANA, YES, "")).toMatchObject({ code: "decided" });
  });

  test("lists are newest first, by who asked and for what, and go on below an id", async () => {
    for (let n = 0; n < 5; n++) {
      now += 1;
      await call(subject({ n }, n % 2 === 0 ? {} : { server: "shop" }));
    }
    const all = await at.list("default", { limit: 10 });
    expect(all.map(({ question }) => question.shown.args["n"])).toEqual([4, 3, 2, 1, 0]);
    const shop = await at.list("default", { server: "shop", principal: "agent", target: "pay", limit: 10 });
    expect(shop.map(({ question }) => question.shown.args["n"])).toEqual([3, 1]);
    const [, second] = all;
    const rest = await at.list("default", { before: second?.question.id as Question["id"], limit: 2 });
    expect(rest.map(({ question }) => question.shown.args["n"])).toEqual([2, 1]);
    await at.decide("default", (all[0] as (typeof all)[0]).question.id, ANA, { kind: "deny" }, "");
    const open = await at.list("default", { open: now, limit: 10 });
    expect(open.map((each) => standingOf(each, now).state)).toEqual([
      "pending",
      "pending",
      "pending",
      "pending",
    ]);
    expect(await at.list("default", { open: now + 2 * HOUR, limit: 10 })).toEqual([]);
  });
});
