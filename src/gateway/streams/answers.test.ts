import { expect, test } from "vitest";
import type { Call } from "../../call/call.ts";
import { chain } from "../../pipeline/decide.ts";
import { frameOf } from "../../wire/frame.ts";
import type { Address } from "../addresses/address.ts";
import { converse } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { asHeard } from "./answers.ts";

const principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "anonymous" } as const;
const answer = frameOf({ kind: "result", id: 7, result: { action: "accept", content: { x: "a secret" } } });

/** A gate of which a stage stops every answer, and the servers whose answers it was shown. */
function stopping() {
  const looked: string[] = [];
  const before = ({ server }: Call) => {
    looked.push(server);
    const rule = { source: "guard", rule: "test" } as const;
    return {
      kind: "stop",
      refusal: { kind: "deny", rule, cause: { kind: "policy" }, why: "no" },
    } as const;
  };
  const gate = {
    mode: "enforce",
    order: { answers: chain([{ name: "stops", broken: "stop", before }]) },
    ticks: () => 0,
    now: () => 0,
    newCallId: () => "call_00000000000000000000000000",
    log: { info: () => undefined },
    inForce: () => gate,
  } as unknown as Gate;
  return { gate, looked };
}

test("an answer is looked at where the question was forgotten and its server still waits for it", async () => {
  const { gate, looked } = stopping();
  const address = { name: "" } as Address;
  const conversation = converse({ key: "k", principal, era: "legacy", address });
  conversation.asked.set(7, { server: "web", id: 7 });
  expect((await asHeard(gate, conversation, answer)).message).toMatchObject({ result: { action: "cancel" } });
  expect(looked).toEqual(["web"]);
});

test("an answer to what nobody asked is for no server, and goes on as it is", async () => {
  const { gate, looked } = stopping();
  const address = { name: "" } as Address;
  const conversation = converse({ key: "k", principal, era: "legacy", address });
  expect(await asHeard(gate, conversation, answer)).toBe(answer);
  expect(looked).toEqual([]);
});
