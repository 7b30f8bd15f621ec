import { expect, test } from "vitest";
import { frameOf, type RequestId } from "../../wire/frame.ts";
import { converse } from "../conversation.ts";
import type { Gate } from "../gate.ts";
import { merged } from "./merged.ts";

const address = merged({ servers: new Map() } as unknown as Gate);
const talk = () =>
  converse({
    key: "k",
    principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "anonymous" },
    era: "legacy",
    address,
  });
const question = (id: RequestId) => frameOf({ kind: "request", id, method: "roots/list", params: {} });
const asking = (conversation: ReturnType<typeof talk>) => (server: string, id: RequestId) => {
  const { message } = address.ask(conversation, server, question(id));
  return message.kind === "request" ? message.id : null;
};

test("a server that uses another's id gets one that nobody can guess, and its answers back", () => {
  const conversation = talk();
  const ask = asking(conversation);
  expect(ask("one", 1)).toBe(1);
  const given = [ask("two", 1), ask("three", 1)];
  for (const id of given) expect(id).toMatch(/^portcullis:[\w-]{16}$/);
  expect(new Set(given).size).toBe(2);
  expect(conversation.asked.get(given[0] ?? "")).toEqual({ server: "two", id: 1 });
  // Nor does it help to use what the gate gave another, or what it gave oneself.
  for (const server of ["one", "two"]) expect(ask(server, given[0] ?? "")).not.toBe(given[0]);
});

test("a flood of questions forgets the server's own and nobody else's", () => {
  const conversation = talk();
  const ask = asking(conversation);
  ask("one", "q");
  for (let id = 0; id < 3000; id += 1) ask("two", id);
  expect(conversation.asked.size).toBe(1025);
  expect(ask("two", "q")).not.toBe("q");
  expect(conversation.asked.get("q")).toEqual({ server: "one", id: "q" });
});
