import { describe, expect, test } from "vitest";
import type { Answer } from "../call/answer.ts";
import type { Call } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { chain } from "../pipeline/decide.ts";
import type { Ruling } from "../pipeline/stage.ts";
import type { Store } from "../store/store.ts";
import { ANSWER_BOUNDS } from "../upstream/failure.ts";
import { frameOf } from "../wire/frame.ts";
import { conclude } from "./conclude.ts";
import type { Gate } from "./gate.ts";
import { ownershipOf, toOwner, unveiled, veiled } from "./tasks/owned.ts";
import { tasks } from "./tasks/tasks.ts";

const principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "anonymous" } as const;
const call = (method: string, target: Call["target"]): Call => ({
  id: callId(0),
  at: 0,
  principal,
  client: undefined,
  era: "modern",
  server: "one",
  method,
  target,
  args: {},
  meta: {},
  inexact: [],
});
const begin = call("tools/call", { kind: "tool", name: "slow" });
const about = (method: string, id = "t1"): Call => call(method, { kind: "task", id });

/** Sees what tools answer: takes a word out, and lets no secret through. Whatever else passes it sees nothing of. */
function reads(answer: Answer, { target }: Call): Ruling {
  const text = JSON.stringify(answer);
  if (target.kind !== "tool" || target.name !== "slow") return { kind: "pass" };
  if (text.includes("secret")) {
    const rule = { source: "test", rule: "no-secrets" };
    return {
      kind: "stop",
      refusal: { kind: "deny", rule, cause: { kind: "policy" }, why: "It holds a secret." },
    };
  }
  return text.includes("rude")
    ? { kind: "rewrite", edits: [{ kind: "set", path: ["content"], to: [] }] }
    : { kind: "pass" };
}

const NO_JOURNAL = { forTenant: () => ({ journal: { begun: () => Promise.resolve([]) } }) };

function setting(now: () => number = () => 1000) {
  const seeing = chain([{ name: "reads", broken: "stop", after: reads }]);
  const nothing = chain([]);
  const gate = {
    mode: "enforce",
    order: { "tools/call": seeing, other: nothing, asides: nothing },
    tasks: tasks(NO_JOURNAL as unknown as Store, now),
    ticks: () => 0,
    log: { warn: () => undefined },
    inForce: () => gate,
  } as unknown as Gate;
  const ends: string[] = [];
  const answered = async (of: Call, result: JsonObject): Promise<string> => {
    const entry = {
      call: of.id,
      notices: [],
      levels: [],
      close: ({ status }: { readonly status: string }) => void ends.push(status),
      kept: () => Promise.resolve(),
    };
    const sent = { call: of, entry, ownership: await ownershipOf(gate, of) };
    const { frame } = await conclude(gate, sent, 1, frameOf({ kind: "result", id: 1, result }));
    return frame.bytes.toString();
  };
  return { gate, ends, answered };
}

const TASK = { resultType: "task", taskId: "t1", status: "working", ttlMs: 5000 };
const done = (text: string): JsonObject => ({
  resultType: "complete",
  taskId: "t1",
  status: "completed",
  result: { content: [{ type: "text", text }] },
});

describe("what a task gives is seen as the answer of the call that began it", () => {
  test("inside the task's state: passed, rewritten, refused", async () => {
    const { answered, ends } = setting();
    await answered(begin, TASK);
    expect(await answered(about("tasks/get"), done("fine"))).toContain("fine");
    const rewritten = await answered(about("tasks/get"), done("rude"));
    expect(rewritten).toContain('"content":[]');
    expect(rewritten).toContain('"status":"completed"');
    const refused = await answered(about("tasks/get"), done("a secret"));
    expect(refused).toContain("It holds a secret. (rule no-secrets)");
    expect(refused).toContain('"status":"completed"');
    expect(refused).not.toContain('a secret"');
    expect(ends).toEqual(["ok", "ok", "ok", "denied"]);
  });

  test("as the error of a task that failed", async () => {
    const { answered } = setting();
    await answered(begin, TASK);
    const failed = { ...TASK, status: "failed", error: { code: -32603, message: "secret", data: "secret" } };
    const seen = await answered(about("tasks/get"), failed);
    expect(seen).toContain("no-secrets");
    expect(seen).not.toMatch(/"secret"/);
  });

  test("as the whole answer of tasks/result", async () => {
    const { answered } = setting();
    await answered(begin, { task: { taskId: "t1", ttl: 5000 } });
    const refused = await answered(about("tasks/result"), { content: [{ type: "text", text: "secret" }] });
    expect(JSON.parse(refused)).toMatchObject({ result: { isError: true } });
    expect(await answered(about("tasks/result"), { content: ["rude"] })).toContain('"content":[]');
  });

  test("in a notice, which only who began the task is given", async () => {
    const { gate, answered } = setting();
    const notice = frameOf({ kind: "notification", method: "notifications/tasks", params: done("secret") });
    const stream = call("stream", { kind: "none" });
    expect(await toOwner(gate, stream, notice)).toBeUndefined();
    await answered(begin, TASK);
    expect((await toOwner(gate, stream, notice))?.bytes.toString()).toContain("no-secrets");
    expect(await toOwner(gate, { ...stream, server: "two" }, notice)).toBeUndefined();
    const eve = { ...stream, principal: { ...principal, id: "eve" } };
    expect(await toOwner(gate, eve, notice)).toBeUndefined();
  });
});

test("a task is its owner's as long as its server keeps it, and a moment longer", async () => {
  let now = 1000;
  const { gate, answered } = setting(() => now);
  await answered(begin, TASK);
  await answered(begin, { ...TASK, taskId: "t2", ttlMs: null });
  now += 5000;
  expect(await gate.tasks.find(principal, "t1", "one")).toHaveLength(1);
  now += 60_000;
  expect(await gate.tasks.find(principal, "t1", "one")).toEqual([]);
  expect(await gate.tasks.find(principal, "t2")).toHaveLength(1);
  now += 31 * 24 * 3_600_000;
  expect(await gate.tasks.find(principal, "t2")).toEqual([]);
});

test("a task method's own answer begins nothing", async () => {
  const { gate, answered } = setting();
  await answered(about("tasks/get", "t9"), { ...TASK, taskId: "t9" });
  expect(await gate.tasks.find(principal, "t9")).toEqual([]);
});

test("of a task that is not the principal's the server speaks under the id that was asked for", async () => {
  const { gate } = setting();
  const id = 'a"$&';
  const of = about("tasks/get", id);
  const ownership = await ownershipOf(gate, of);
  const asked = frameOf({ kind: "request", id: 1, method: of.method, params: { taskId: id } });
  const sent = veiled(ownership, asked).bytes.toString();
  const nobody = (JSON.parse(sent) as { params: { taskId: string } }).params.taskId;
  expect(nobody).not.toBe(id);
  const said = frameOf({ kind: "error", id: 1, code: -32602, message: `no task ${nobody}` });
  const heard = unveiled({ ...gate, bounds: ANSWER_BOUNDS }, ownership, said);
  expect(JSON.parse(heard.bytes.toString())).toMatchObject({ error: { message: `no task ${id}` } });
});
