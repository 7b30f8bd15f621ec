import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../../call/json.ts";
import { decode, DEFAULT_BOUNDS, frameOf } from "../frame.ts";
import { META } from "../revision.ts";
import { answerToModern, discoveryOf } from "./result-to-modern.ts";

const INFO = { name: "s", version: "1" };
const name = fc.string({ unit: "grapheme", maxLength: 8 }).filter((key) => key !== "__proto__");
const result = fc
  .dictionary(
    fc.oneof(name, fc.constantFrom("resultType", "ttlMs", "cacheScope", "_meta")),
    fc.jsonValue({ maxDepth: 2 }),
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

describe("the end of a session's request", () => {
  test("says what kind it is, who gave it, and nothing else that it did not say", () => {
    fc.assert(
      fc.property(result, fc.constantFrom("tools/call", "tools/list"), (given, method) => {
        const frame = answerToModern(method, frameOf({ kind: "result", id: 3, result: given }), "mine", INFO);
        const { message } = frame;
        if (message.kind !== "result") throw new Error("no result");
        const { resultType, ttlMs, cacheScope, _meta, ...rest } = message.result;
        const { resultType: _, ttlMs: ttl, cacheScope: scope, _meta: ___, ...before } = given;
        expect([message.id, resultType, rest]).toEqual(["mine", "complete", before]);
        expect((_meta as JsonObject)[META.server_info]).toBeDefined();
        expect([ttlMs, cacheScope]).toEqual(method === "tools/list" ? [0, "private"] : [ttl, scope]);
        // What was made is a message that a client can read.
        expect(decode(frame.bytes, DEFAULT_BOUNDS).message).toEqual(message);
      }),
    );
  });

  test("leaves the server's own word on who it is, and the spelling of its numbers", () => {
    const own: Json = { [META.server_info]: { name: "itself", version: "2" } };
    const frame = frameOf({ kind: "result", id: 1, result: { _meta: own } });
    expect(answerToModern("tools/call", frame, 1, INFO).message).toMatchObject({ result: { _meta: own } });
    const spelled = decode(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{"n":1.50}}'), DEFAULT_BOUNDS);
    expect(answerToModern("tools/call", spelled, 1, undefined).bytes.toString()).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"n":1.50,"resultType":"complete"}}',
    );
  });

  test.each([
    [-32002, -32602],
    [-32602, -32602],
    [-32000, -32000],
    [7, 7],
  ])("has the code of its era: %i becomes %i", (code, becomes) => {
    const frame = frameOf({ kind: "error", id: null, code, message: "no", data: { uri: "x" } });
    expect(answerToModern("resources/read", frame, 4, INFO).message).toEqual({
      kind: "error",
      id: 4,
      code: becomes,
      message: "no",
      data: { uri: "x" },
    });
  });
});

test("what a session says when it begins is what a server says when it is discovered, less tasks", () => {
  const greeting = {
    protocolVersion: "2025-11-25",
    capabilities: { tools: {}, tasks: { list: {} } },
    instructions: "Do.",
    serverInfo: INFO,
  };
  expect(discoveryOf(greeting)).toEqual({
    resultType: "complete",
    supportedVersions: ["2026-07-28"],
    capabilities: { tools: {} },
    instructions: "Do.",
    ttlMs: 60_000,
    cacheScope: "private",
    _meta: { [META.server_info]: INFO },
  });
  expect(discoveryOf({})).toMatchObject({ capabilities: {} });
});
