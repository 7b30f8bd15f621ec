import { beforeEach, expect, test } from "vitest";
import type { Era } from "../../call/call.ts";
import { approvalId, callId } from "../../call/id.ts";
import type { JsonObject } from "../../call/json.ts";
import { frameOf } from "../../wire/frame.ts";
import type { Address, Asking } from "../addresses/address.ts";
import { requestOf } from "../call.ts";
import { converse } from "../conversation.ts";
import { comebackOf, type Returns, returns, sentToUser } from "./comeback.ts";
import type { Held } from "./held.ts";

interface Who {
  readonly id?: string;
  readonly tenant?: string;
  readonly address?: string;
  readonly era?: Era;
  readonly method?: string;
}
const ARGS = { name: "pay", arguments: { sum: 10 }, _meta: { progressToken: 1 } };

function asking(
  params: JsonObject,
  { id = "ana", tenant = "t", address = "", era = "modern", method }: Who = {},
): Asking {
  const principal = { id, tenant, roles: [], scopes: [], source: "anonymous" } as const;
  const conversation = converse({ key: id, principal, era, address: { name: address } as Address });
  const frame = frameOf({ kind: "request", id: 7, method: method ?? "tools/call", params });
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

const SECRET = Buffer.from("what the gates of one store know");
let gate: Returns;
beforeEach(() => {
  gate = returns(() => SECRET);
});

const HELD = { call: { id: callId(0) }, approval: { id: approvalId(0), expires: 60_000 } } as unknown as Held;
function stateAt(now: number, held = HELD): string {
  const ending = sentToUser(gate, asking(ARGS), held, { mode: "form" }, now);
  const message = ending.kind === "answer" ? ending.frame.message : undefined;
  const state = message?.kind === "result" ? message.result["requestState"] : undefined;
  return typeof state === "string" ? state : "";
}
const retry = (requestState: string, action?: string): JsonObject => ({
  ...ARGS,
  _meta: { progressToken: 2 },
  requestState,
  inputResponses: action === undefined ? {} : { approval: { action, content: {} } },
});

test.each([
  ["accept", "accept"],
  ["decline", "decline"],
  ["cancel", "nothing"],
  ["approve", "nothing"],
  [undefined, "nothing"],
])("a retry is the call as it was asked first, and the user's %s", (action, said) => {
  const back = comebackOf(asking(retry(stateAt(0), action)), gate, 1);
  expect(back).toMatchObject({ approval: HELD.approval.id, call: HELD.call.id, said });
  expect(back?.asking.message.params).toEqual({ ...ARGS, _meta: { progressToken: 2 } });
});

const WRONG = /^`requestState` is not one that this call can come back with/;
test.each<readonly [string, Who, JsonObject]>([
  ["another principal's", { id: "bo" }, {}],
  ["another tenant's", { tenant: "u" }, {}],
  ["another address's", { address: "bank" }, {}],
  ["another method's", { method: "prompts/get" }, {}],
  ["another call's", {}, { arguments: { sum: 11 } }],
  ["a call's with something beside it", {}, { more: 1 }],
])("%s state is refused", (_, who, more) => {
  const state = stateAt(0);
  expect(() => comebackOf(asking({ ...retry(state), ...more }, who), gate, 1)).toThrow(WRONG);
  expect(comebackOf(asking(retry(state)), gate, 1)).toBeDefined();
});

test("a state is good for once, and until its question is over", () => {
  const state = stateAt(0);
  expect(() => comebackOf(asking(retry(state)), gate, 60_000)).toThrow(WRONG);
  expect(comebackOf(asking(retry(state)), gate, 59_999)).toBeDefined();
  expect(() => comebackOf(asking(retry(state)), gate, 1)).toThrow(WRONG);
  expect(() => comebackOf(asking(retry(`${state}=`)), gate, 1)).toThrow(WRONG);
});

test("a server's own state, or a legacy request, is none of the gate's business", () => {
  expect(comebackOf(asking(retry("state of a server")), gate, 1)).toBeUndefined();
  expect(comebackOf(asking(retry(stateAt(0)), { era: "legacy" }), gate, 1)).toBeUndefined();
  expect(comebackOf(asking({ ...ARGS, requestState: 7 }), gate, 1)).toBeUndefined();
});

test("what was shown is forgotten when it is too old, so that it does not grow", () => {
  for (let now = 0; now < 50; now++) comebackOf(asking(retry(stateAt(now))), gate, now);
  expect(gate.shown.size).toBe(50);
  const later = stateAt(100_000, { ...HELD, approval: { ...HELD.approval, expires: 200_000 } });
  comebackOf(asking(retry(later)), gate, 100_000);
  expect(gate.shown.size).toBe(1);
});

test("a call comes back to any gate that knows the secret, and to no other", () => {
  const state = stateAt(0);
  const others = [returns(() => Buffer.from("another")), returns(() => undefined)];
  for (const other of others) expect(() => comebackOf(asking(retry(state)), other, 1)).toThrow(WRONG);
  expect(
    comebackOf(
      asking(retry(state)),
      returns(() => SECRET),
      1,
    ),
  ).toBeDefined();
});
