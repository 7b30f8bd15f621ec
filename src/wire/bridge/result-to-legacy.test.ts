import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spaceText, strangers, valueText } from "../../../test/transparency/json-text.ts";
import { isObject, type Json, type JsonObject } from "../../call/json.ts";
import { decode, DEFAULT_BOUNDS, type Frame } from "../frame.ts";
import { sliceAt } from "../slice.ts";
import { errorToLegacy } from "./error-to-legacy.ts";
import { discoveryToLegacy, resultToLegacy, soundTools } from "./result-to-legacy.ts";

const space = spaceText(true);
const value = valueText(space);
const read = (text: string): Frame => decode(Buffer.from(text), DEFAULT_BOUNDS);
const textAt = (frame: Frame, ...path: (string | number)[]): string | undefined =>
  sliceAt(frame.bytes, path)?.toString("utf8");
const resultOf = ({ message }: Frame): JsonObject => (message.kind === "result" ? message.result : {});
const answer = (result: Json | string): Frame =>
  read(
    `{"jsonrpc":"2.0","id":"ours","result":${typeof result === "string" ? result : JSON.stringify(result)}}`,
  );
const NAMED = ["resultType", "ttlMs", "cacheScope", "structuredContent", "_meta", "tools"];

describe("a result", () => {
  test("loses what no older revision has, and not a byte besides", () => {
    fc.assert(
      fc.property(strangers(value, space, NAMED, 5), fc.constantFrom("tools/call", "x/y"), (own, method) => {
        const members = [
          '"resultType":"complete"',
          ...own.map(({ text }) => text),
          '"ttlMs":1',
          '"cacheScope":"public"',
        ];
        const frame = answer(`{${members.join(",")}}`);
        const given = resultToLegacy(frame, 7, method, false);
        for (const { key } of own) expect(textAt(given, "result", key)).toBe(textAt(frame, "result", key));
        expect(Object.keys(resultOf(given))).toHaveLength(own.length);
        expect(given.message).toMatchObject({ id: 7 });
      }),
    );
  });

  test("of a tool has its output in an object, spelled as it was", () => {
    fc.assert(
      fc.property(value, fc.boolean(), (output, wraps) => {
        const frame = answer(`{"structuredContent":${output}}`);
        const plain = isObject(resultOf(frame)["structuredContent"]) && !wraps;
        const given = resultToLegacy(frame, "ours", "tools/call", wraps);
        const was = textAt(frame, "result", "structuredContent");
        if (plain) expect(given.bytes).toEqual(frame.bytes);
        else expect(textAt(given, "result", "structuredContent", "result")).toBe(was);
      }),
    );
  });
});

describe("a list of tools", () => {
  const NUMBERS = '{"type":"array","items":{"$ref":"#/$defs/n"},"$defs":{"n":{"maximum":9007199254740993}}}';

  test("has schemas of objects only; references still lead where they led", () => {
    const tools = [
      `{"name":"a","outputSchema":{"type":"object","properties":{"x":{"$ref":"#/$defs/n"}}}}`,
      `{"name":"b","outputSchema":${NUMBERS}}`,
      `{"name":"c","inputSchema":{"type":"object"}}`,
    ];
    const given = resultToLegacy(
      answer(`{"tools":[${tools.join(",")}],"resultType":"complete"}`),
      "ours",
      "tools/list",
      false,
    );
    const moved = NUMBERS.replace("#/$defs/n", "#/properties/result/$defs/n");
    expect(textAt(given, "result", "tools", 0)).toBe(tools[0]);
    expect(textAt(given, "result", "tools", 1, "outputSchema")).toBe(
      `{"type":"object","properties":{"result":${moved}},"required":["result"]}`,
    );
    expect(textAt(given, "result", "tools", 2)).toBe(tools[2]);
  });

  test("is without tools that no client over HTTP may show", () => {
    const tool = (name: string, type: string, header: string): Json => ({
      name,
      inputSchema: { type: "object", properties: { r: { type, "x-mcp-header": header } } },
    });
    const page = answer({
      tools: [tool("a", "string", "R"), tool("b", "number", "R"), tool("c", "string", "no good")],
    });
    expect(resultOf(soundTools(page))["tools"]).toEqual([tool("a", "string", "R")]);
    const sound = answer({ tools: [{ name: "a" }] });
    expect(soundTools(sound)).toBe(sound);
  });

  test("leaves alone what only looks like a reference, and what has a base of its own", () => {
    const schema = {
      anyOf: [
        { $ref: "#" },
        { const: { $ref: "#/no" } },
        { $id: "https://x.example/s", $ref: "#/own" },
        { $ref: "#anchor" },
      ],
      properties: { $ref: { $ref: "#/yes" }, default: { enum: [{ $ref: "#/no" }] } },
    };
    const given = resultToLegacy(
      answer({ tools: [{ name: "t", outputSchema: schema }] }),
      "ours",
      "tools/list",
      false,
    );
    const wrapped = resultOf(given)["tools"] as readonly { outputSchema: { properties: { result: Json } } }[];
    expect(wrapped[0]?.outputSchema.properties.result).toEqual({
      anyOf: [
        { $ref: "#/properties/result" },
        { const: { $ref: "#/no" } },
        { $id: "https://x.example/s", $ref: "#/own" },
        { $ref: "#anchor" },
      ],
      properties: { $ref: { $ref: "#/properties/result/yes" }, default: { enum: [{ $ref: "#/no" }] } },
    });
  });
});

test("what a server discovers is what `initialize` answers, less what a session cannot keep", () => {
  const given = discoveryToLegacy(
    answer({
      resultType: "complete",
      supportedVersions: ["2026-07-28"],
      capabilities: {
        tools: { listChanged: true },
        tasks: {},
        extensions: { "io.modelcontextprotocol/tasks": {}, "com.example/x": {} },
        odd: [1],
      },
      instructions: "Be brief.",
      ttlMs: 5,
      cacheScope: "public",
      _meta: { "io.modelcontextprotocol/serverInfo": { name: "s", version: "9" }, "com.example/kept": 1 },
    }),
    1,
    "2025-06-18",
    "files",
  );
  expect(given.message).toEqual({
    kind: "result",
    id: 1,
    result: {
      capabilities: { tools: { listChanged: true }, extensions: { "com.example/x": {} }, odd: [1] },
      instructions: "Be brief.",
      protocolVersion: "2025-06-18",
      serverInfo: { name: "s", version: "9" },
      _meta: { "com.example/kept": 1 },
    },
  });
  expect(resultOf(discoveryToLegacy(answer({ capabilities: "none" }), 1, "2025-11-25", "files"))).toEqual({
    capabilities: {},
    protocolVersion: "2025-11-25",
    serverInfo: { name: "files", version: "" },
  });
});

describe("an error", () => {
  const failing = (code: number, data?: object): Frame =>
    read(JSON.stringify({ jsonrpc: "2.0", id: "ours", error: { code, message: "no", data } }));

  test("has a code that its client can know", () => {
    fc.assert(
      fc.property(fc.oneof(fc.integer(), fc.integer({ min: -32110, max: -31990 })), (code) => {
        if (code === -32021) return;
        const given = errorToLegacy(failing(code), 7, "prompts/get");
        const newer = code <= -32020 && code >= -32099;
        expect(given.message).toMatchObject({
          kind: "error",
          id: 7,
          code: newer ? -32603 : code,
          message: "no",
        });
      }),
    );
  });

  test("about what the client lacks says what it is: to the model, where there is a way", () => {
    const lacking = failing(-32021, { requiredCapabilities: { sampling: {} } });
    expect(errorToLegacy(lacking, 7, "tools/call").message).toMatchObject({
      kind: "result",
      id: 7,
      result: { isError: true, content: [{ text: expect.stringContaining("sampling") as string }] },
    });
    expect(errorToLegacy(lacking, 7, "prompts/get").message).toMatchObject({ kind: "error", code: -32603 });
  });
});
