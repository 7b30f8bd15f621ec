import { expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { Cause, Deny } from "../call/verdict.ts";
import type { AlertRule } from "../config/notifications.ts";
import { alerting, type Happening, limitHappening, refusedHappening } from "./alerts.ts";
import { wordsOf } from "./words.ts";
import { watch } from "./watch.ts";
import type { PolicyChange } from "../store/policies.ts";

const call: Call = {
  id: callId(0),
  at: 0,
  principal: { id: "ana", tenant: "acme", roles: [], scopes: [], source: "anonymous" },
  client: undefined,
  era: "modern",
  server: "files",
  method: "tools/call",
  target: { kind: "tool", name: "write_file" },
  args: { path: "/etc/passwd", password: "hunter2" },
  meta: {},
  inexact: [],
};
const deny = (cause: Cause, source = "sha256:x"): Deny => ({
  kind: "deny",
  rule: { source, rule: "outside" },
  cause,
  why: "Off limits.",
});
const rule = (more: Partial<AlertRule> = {}): AlertRule => ({
  on: ["violation", "limit"],
  to: ["log:"],
  cooldown_ms: 1000,
  ...more,
});
const violation = refusedHappening(call, deny({ kind: "policy" }));
if (violation === undefined) throw new Error("a denied call is no violation");

test("a denied call says who, what, which rule and why, and no argument", () => {
  const [letter] = alerting([rule()])(violation, 5000);
  expect(letter).toMatchObject({
    topic: "violation",
    tenant: "acme",
    about: call.id,
    at: 5000,
    cooldown_ms: 1000,
    data: { principal: "ana", server: "files", tool: "write_file", rule: "outside", why: "Off limits." },
  });
  expect(JSON.stringify(letter)).not.toMatch(/passwd|hunter2/);
});

test.each<[string, Cause, string | undefined]>([
  ["policy", { kind: "policy" }, "violation"],
  ["hidden", { kind: "hidden" }, "violation"],
  ["scope", { kind: "scope", needs: ["x"] }, "violation"],
  ["limit", { kind: "limit", resets: 1 }, "limit.exceeded"],
  ["argument", { kind: "argument", path: "x" }, undefined],
  ["unrecorded", { kind: "unrecorded" }, undefined],
])("what is refused for %s", (_, cause, topic) => {
  expect(refusedHappening(call, deny(cause))?.topic).toBe(topic);
});

test("a name that no server has is no violation", () => {
  expect(refusedHappening(call, deny({ kind: "hidden" }, "gateway"))).toBeUndefined();
});

test("a limit that is near, and one that is passed", () => {
  const notice = {
    rule: "monthly",
    says: "100/month",
    kind: "alert",
    enforcement: "soft",
    used: 80,
    most: 100,
  } as const;
  const near = limitHappening(call, notice);
  expect(near).toMatchObject({ topic: "limit.alert", data: { limit: "100/month", used: "80 of 100" } });
  const passed = limitHappening(call, { ...notice, kind: "exceeded" });
  expect(passed.topic).toBe("limit.exceeded");
  const lettersOf = alerting([rule()]);
  expect([lettersOf(near, 0).length, lettersOf(passed, 0).length, lettersOf(near, 0).length]).toEqual([
    1, 1, 0,
  ]);
});

test("the same is told once in a cooldown; another rule's, person's or tenant's is another", () => {
  const lettersOf = alerting([
    rule({ to: ["log:", "slack://ops"] }),
    rule({ cooldown_ms: 5000, to: ["teams://x"] }),
  ]);
  const told = (happening: Happening, now: number): readonly string[] =>
    lettersOf(happening, now).map(({ to }) => to);
  expect(told(violation, 0)).toEqual(["log:", "slack://ops", "teams://x"]);
  expect(told(violation, 999)).toEqual([]);
  expect(told(violation, 1000)).toEqual(["log:", "slack://ops"]);
  expect(told({ ...violation, key: "other" }, 1000)).toHaveLength(3);
  expect(told({ ...violation, tenant: "other" }, 1000)).toHaveLength(3);
  expect(told({ ...violation, kind: "upstream" }, 1000)).toEqual([]);
});

test("names of any length are cut, so that the outbox takes the letter", () => {
  const long = "x".repeat(1_000_000);
  const huge = {
    ...call,
    target: { kind: "tool", name: long },
    principal: { ...call.principal, id: long },
  } as const;
  const happening = refusedHappening(huge, deny({ kind: "policy" }));
  if (happening === undefined) throw new Error("no violation");
  const [letter] = alerting([rule()])(happening, 0);
  if (letter === undefined) throw new Error("no letter");
  expect(JSON.stringify(letter).length).toBeLessThan(3000);
  expect(wordsOf(letter, undefined).title.length).toBeLessThanOrEqual(100);
});

const change = (seq: number, act: string): PolicyChange => ({
  seq,
  at: 0,
  who: "portcullis",
  act,
  before: "sha256:b",
  after: "sha256:a",
  message: "too much denied",
  state: "",
});

test("a server that goes down and comes back is told of once each, as soon as it may", async () => {
  let state = "idle";
  let may = false;
  const told: string[] = [];
  const tell = ({ topic }: Happening): boolean => {
    if (may) told.push(topic);
    return may;
  };
  const servers = () => [{ name: "files", state, last_error: "it ended" }];
  const watching = watch(
    [rule({ on: ["upstream"] })],
    { servers, logTrouble: () => undefined, changes: async () => [] },
    tell,
    console,
  );
  if (watching === undefined) throw new Error("nothing is watched");
  const look = async (now: string): Promise<readonly string[]> => {
    state = now;
    await watching.look();
    return told.splice(0);
  };
  expect(await look("up")).toEqual([]);
  expect(await look("down")).toEqual([]);
  may = true;
  expect(await look("resting")).toEqual(["upstream.down"]);
  expect(await look("down")).toEqual([]);
  expect(await look("up")).toEqual(["upstream.up"]);
  expect(await look("idle")).toEqual([]);
  await watching.close();
});

test("policy that was taken back since is told of, nothing older and nothing else", async () => {
  let changes = [change(1, "auto-rollback")];
  const told: string[] = [];
  const watched = {
    servers: () => [],
    logTrouble: () => undefined,
    changes: async (limit: number) => changes.slice(0, limit),
  };
  const tell = ({ about }: Happening): boolean => told.push(about) > 0;
  const watching = watch([rule({ on: ["policy"] })], watched, tell, console);
  if (watching === undefined) throw new Error("nothing is watched");
  await watching.look();
  changes = [change(4, "rollback"), change(3, "auto-rollback"), change(2, "apply"), ...changes];
  await watching.look();
  await watching.look();
  expect(told).toEqual(["3", "4"]);
  await watching.close();
});

test("what is wrong with the log is told of once, as soon as it may, and again when it is something else", async () => {
  let trouble: string | undefined;
  let may = false;
  const told: unknown[] = [];
  const tell = ({ topic, data }: Happening): boolean => {
    if (may) told.push([topic, data["problem"]]);
    return may;
  };
  const watched = { servers: () => [], logTrouble: () => trouble, changes: async () => [] };
  const watching = watch([rule({ on: ["log"] })], watched, tell, console);
  if (watching === undefined) throw new Error("nothing is watched");
  const look = async (now: string | undefined): Promise<readonly unknown[]> => {
    trouble = now;
    await watching.look();
    return told.splice(0);
  };
  expect(await look("forged")).toEqual([]);
  may = true;
  expect(await look("forged")).toEqual([["log.trouble", "forged"]]);
  expect(await look("forged")).toEqual([]);
  expect(await look("away")).toEqual([["log.trouble", "away"]]);
  expect(await look(undefined)).toEqual([]);
  expect(await look("away")).toEqual([["log.trouble", "away"]]);
  await watching.close();
});

test("nothing is looked at that no alert is about", () => {
  const watched = { servers: () => [], logTrouble: () => undefined, changes: async () => [] };
  expect(watch([rule()], watched, () => true, console)).toBeUndefined();
});
