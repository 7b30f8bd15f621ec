import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isObject, type Json, type JsonObject } from "../../call/json.ts";
import { frameOf } from "../frame.ts";
import { META } from "../revision.ts";
import { initializeOf, isCarried, progressTokenOf, requestToLegacy, withoutTasks } from "./to-legacy.ts";

const name = fc.string({ unit: "grapheme", maxLength: 8 }).filter((key) => key !== "__proto__");
const json = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
const meta = fc.dictionary(
  fc.oneof(name, fc.constantFrom(...Object.values(META), "progressToken", "traceparent")),
  json,
);
const params = fc
  .record(
    {
      name,
      arguments: fc.dictionary(name, json),
      _meta: meta,
      requestState: json,
      inputResponses: json,
      task: json,
    },
    { requiredKeys: [] },
  )
  .map((value) => JSON.parse(JSON.stringify(value)) as JsonObject);

describe("a modern request in a session", () => {
  test("has nothing of the envelope left, and everything else as it was", () => {
    fc.assert(
      fc.property(params, fc.integer({ min: 1 }), (given, id) => {
        const frame = frameOf({ kind: "request", id: "theirs", method: "tools/call", params: given });
        const { message } = requestToLegacy(frame, id);
        if (message.kind !== "request") throw new Error("no request");
        const { _meta, requestState: _, inputResponses: __, task: ___, ...rest } = given;
        const kept = isObject(_meta)
          ? Object.fromEntries(
              Object.entries(_meta).filter(
                ([key]) => !Object.values<string>(META).includes(key) || key === META.server_info,
              ),
            )
          : {};
        const meta_left = Object.hasOwn(kept, "progressToken") ? { ...kept, progressToken: id } : kept;
        expect(message.id).toBe(id);
        expect(message.params).toEqual(
          Object.keys(meta_left).length === 0 ? rest : { ...rest, _meta: meta_left },
        );
      }),
    );
  });

  test("is not there for what only the one or the other era knows", () => {
    const methods = ["initialize", "ping", "logging/setLevel", "resources/subscribe", "tasks/result"];
    expect([...methods, "tools/call", "skills/list", "no/such"].filter(isCarried)).toEqual([
      "tools/call",
      "skills/list",
      "no/such",
    ]);
  });

  test("asks for progress by a token of its own", () => {
    expect(progressTokenOf({ _meta: { progressToken: 0 } })).toBe(0);
    expect(progressTokenOf({ _meta: { progressToken: null } })).toBeUndefined();
    expect(progressTokenOf({})).toBeUndefined();
  });
});

describe("what a client can do", () => {
  test("is said as it says it, less tasks", () => {
    const tasks = "io.modelcontextprotocol/tasks";
    const said = { elicitation: { url: {} }, tasks: {}, extensions: { [tasks]: {}, "x.example/y": {} } };
    expect(withoutTasks(said)).toEqual({ elicitation: { url: {} }, extensions: { "x.example/y": {} } });
    expect(initializeOf(1, said, { name: "it", title: "It" }).message).toMatchObject({
      method: "initialize",
      params: {
        protocolVersion: "2025-11-25",
        capabilities: { elicitation: { url: {} } },
        clientInfo: { name: "it", title: "It", version: "0" },
      },
    });
    expect(initializeOf(1, {}, undefined).message).toMatchObject({
      params: { clientInfo: { name: "unknown", version: "0" } },
    });
  });
});
