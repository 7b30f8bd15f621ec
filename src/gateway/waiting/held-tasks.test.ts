import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { type ApprovalId, approvalId, callId, type Instant } from "../../call/id.ts";
import { isObject, type JsonObject, member } from "../../call/json.ts";
import type { Principal } from "../../call/principal.ts";
import type { Approval } from "../../store/approvals.ts";
import type { Ending } from "../../upstream/leg.ts";
import { frameOf } from "../../wire/frame.ts";
import { META } from "../../wire/revision.ts";
import type { Address, Asking } from "../addresses/address.ts";
import { requestOf } from "../call.ts";
import { converse } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import type { Held } from "./held.ts";
import { aboutTask, beginTask, type HeldTasks } from "./held-tasks.ts";

const HOUR = 3_600_000;
const ID = approvalId(0);
const ANA: Principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "anonymous" };
const BO: Principal = { ...ANA, id: "bo" };
let state: "pending" | "approved" | "denied" | "used";
let withdrawn: ApprovalId[];
let gate: Gate;

function asking(principal: Principal, method: string, params: JsonObject): Asking {
  const conversation = converse({
    key: principal.id,
    principal,
    era: "modern",
    address: { name: "" } as Address,
  });
  const frame = frameOf({ kind: "request", id: 1, method, params });
  const flight = { began_ms: 0, server: undefined, cancelled: false };
  const signal = new AbortController().signal;
  return {
    conversation,
    frame,
    message: requestOf(frame),
    headers: {},
    listener: () => undefined,
    signal,
    flight,
  };
}
const CALLED = {
  name: "pay",
  _meta: { [META.client_capabilities]: { elicitation: {}, extensions: { x: {} } } },
};
const call = (principal = ANA): Asking => asking(principal, "tools/call", CALLED);

function held(of: Asking, expires: Instant): Held {
  const { principal } = of.conversation;
  const target = { kind: "tool", name: "pay" } as const;
  const about = { server: "bank", method: "tools/call", target, args: {}, meta: {}, inexact: [] };
  const approval = { id: ID, expires };
  return {
    call: { id: callId(0), at: 0, principal, client: undefined, era: "modern", ...about },
    hold: { kind: "hold", rule: { source: "p", rule: "two" }, why: "Two people.", asks: [], approval },
    approval,
    told: { kind: "detached" },
  };
}
const resultOf = (ending: Ending | undefined): JsonObject => {
  const message = ending?.kind === "answer" ? ending.frame.message : undefined;
  return message?.kind === "result" ? message.result : {};
};
const ran = (text: string): Ending => ({
  kind: "answer",
  status: 200,
  streamed: false,
  frame: frameOf({ kind: "result", id: 1, result: { content: [{ type: "text", text }] } }),
});
const begin = (again: (later: Asking) => Promise<Ending>, of = call(), expires = Date.now() + HOUR) =>
  resultOf(beginTask(gate, of, held(of, expires), again));
const ask = async (method: string, { taskId = "" }: JsonObject, principal = ANA) =>
  resultOf(await aboutTask(gate, asking(principal, method, { taskId })));

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
  [state, withdrawn] = ["pending", []];
  const acts = () => (state === "pending" ? [] : [{ at: Date.now(), state }]);
  const question = { expires: Date.now() + HOUR, at: Date.now(), asks: [{ within_ms: HOUR }] };
  gate = {
    desk: {
      get: () => Promise.resolve({ question, acts: acts() } as unknown as Approval),
      withdraw: (_: string, id: ApprovalId) => Promise.resolve(withdrawn.push(id) > 0),
    },
    heldTasks: new Map() satisfies HeldTasks,
    ticks: () => performance.now(),
    now: () => Date.now(),
    log: { warn: () => undefined },
  } as unknown as Gate;
});
afterEach(() => {
  vi.useRealTimers();
});

test("what is approved runs when its owner asks next, as who that is now; its server can ask the client nothing", async () => {
  const seen: Asking[] = [];
  const run = Promise.withResolvers<Ending>();
  const task = begin((later) => {
    seen.push(later);
    return run.promise;
  });
  expect(await ask("tasks/get", task)).toMatchObject({
    status: "working",
    statusMessage: expect.stringContaining(ID),
  });
  state = "approved";
  expect(seen).toEqual([]);
  const now = { ...ANA, scopes: ["pay"] };
  expect(await ask("tasks/get", task, now)).toMatchObject({ status: "working" });
  expect(await ask("tasks/get", task)).toMatchObject({
    status: "working",
    statusMessage: "People have decided; it is carried out.",
  });
  run.resolve(ran("paid"));
  await run.promise;
  expect(await ask("tasks/get", task)).toMatchObject({
    status: "completed",
    result: { content: [{ text: "paid" }] },
  });
  expect(seen.map(({ conversation }) => conversation.principal)).toEqual([now]);
  const meta = member(seen[0]?.message.params["_meta"], META.client_capabilities);
  expect(isObject(meta) && Object.keys(meta)).toEqual([]);
});

test("it is its owner's: to anybody else there is none", async () => {
  const task = begin(() => Promise.resolve(ran("paid")));
  for (const method of ["tasks/get", "tasks/cancel", "tasks/update"])
    expect(aboutTask(gate, asking(BO, method, { taskId: task["taskId"] ?? "" }))).toBeUndefined();
  expect(aboutTask(gate, asking(ANA, "tasks/get", { taskId: "held-other" }))).toBeUndefined();
  expect(await ask("tasks/update", task)).toEqual({ resultType: "complete" });
});

test("nobody's answer in time is a failure that says that it has not run, and is forgotten later", async () => {
  const again = (): Promise<Ending> => Promise.reject(new Error("it ran"));
  const task = begin(again);
  vi.setSystemTime(Date.now() + HOUR + 2_000);
  const { status, error } = await ask("tasks/get", task);
  expect([status, error]).toEqual(["failed", { code: 403, message: expect.stringContaining("has not run") }]);
  vi.setSystemTime(Date.now() + HOUR);
  expect(aboutTask(gate, asking(ANA, "tasks/get", { taskId: task["taskId"] ?? "" }))).toBeUndefined();
  begin(again);
  expect(gate.heldTasks.size).toBe(1);
});

test("a question that ended otherwise runs nothing", async () => {
  const task = begin(() => Promise.reject(new Error("it ran")));
  state = "used";
  expect(await ask("tasks/get", task)).toMatchObject({ status: "failed", error: { code: 403 } });
});

test("what its client cancels does not run, is withdrawn, and stays cancelled", async () => {
  const task = begin(() => Promise.resolve(ran("paid")));
  await ask("tasks/cancel", task);
  state = "approved";
  expect(await ask("tasks/get", task)).toMatchObject({ status: "cancelled" });
  expect(withdrawn).toEqual([ID]);
  await ask("tasks/cancel", task);
  expect(withdrawn).toEqual([ID]);
});

test("a failure of the run is the task's", async () => {
  const wrong = frameOf({ kind: "error", id: 1, code: 502, message: "away" });
  const [error, thrown] = [
    begin(() => Promise.resolve({ kind: "answer", status: 200, streamed: false, frame: wrong })),
    begin(() => Promise.reject(new Error("broken"))),
  ];
  state = "denied";
  for (const task of [error, thrown]) await ask("tasks/get", task);
  expect(await ask("tasks/get", error)).toMatchObject({
    status: "failed",
    error: { code: 502, message: "away" },
  });
  expect(await ask("tasks/get", thrown)).toMatchObject({
    status: "failed",
    error: { message: "It could not be run." },
  });
});

test("there is room for so many of one principal, and of all, and nobody keeps others out", () => {
  const again = (): Promise<Ending> => Promise.resolve(ran("paid"));
  const tasksOf = (principal: Principal): number => {
    let count = 0;
    while (begin(again, call(principal))["taskId"] !== undefined) count += 1;
    return count;
  };
  expect(tasksOf(ANA)).toBe(32);
  const others = ["c", "d", "e"].map((id) => tasksOf({ ...ANA, id }));
  expect(others).toEqual([32, 32, 32]);
  // What they have more than who comes makes room.
  expect(tasksOf({ ...ANA, id: "f" })).toBe(25);
  expect(tasksOf({ ...ANA, tenant: "acme" })).toBe(32);
  expect(gate.heldTasks.size).toBe(128);
});
