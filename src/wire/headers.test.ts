import { createMcpHandler, fromJsonSchema, McpServer } from "@modelcontextprotocol/server";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import { FAULTS, type Fault } from "../call/fault.ts";
import type { JsonObject } from "../call/json.ts";
import { classify } from "./era.ts";
import { decodeMirrored, encodeMirrored } from "./field.ts";
import { decode, DEFAULT_BOUNDS, type Frame, frameOf } from "./frame.ts";
import {
  checkHeaders,
  checkModern,
  checkParamHeaders,
  checkRevision,
  forwardable,
  mirrored,
  mirroredArguments,
  type HeaderFields,
} from "./headers.ts";
import { paramHeaders } from "./param-headers.ts";

const ENVELOPE = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};
const frame = (method: string, params: object = {}): Frame =>
  decode(
    Buffer.from(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params: { ...params, _meta: ENVELOPE } })),
    DEFAULT_BOUNDS,
  );
const code = (fault: Fault | undefined): string | undefined => fault?.code;
const VERSION = { "mcp-protocol-version": "2026-07-28" };

describe("checkModern", () => {
  test.each([
    [
      "all there",
      "tools/call",
      { name: "x" },
      { ...VERSION, "mcp-method": "tools/call", "mcp-name": "x" },
      undefined,
    ],
    [
      "white space around",
      "tools/call",
      { name: "x" },
      { ...VERSION, "mcp-method": "tools/call", "mcp-name": " x\t" },
      undefined,
    ],
    [
      "sentinel",
      "tools/call",
      { name: "schöne" },
      { ...VERSION, "mcp-method": "tools/call", "mcp-name": "=?base64?c2Now7ZuZQ==?=" },
      undefined,
    ],
    ["no version", "tools/list", {}, { "mcp-method": "tools/list" }, "header-mismatch"],
    ["no method", "tools/list", {}, VERSION, "header-mismatch"],
    [
      "another method",
      "tools/call",
      { name: "x" },
      { ...VERSION, "mcp-method": "tools/list", "mcp-name": "x" },
      "header-mismatch",
    ],
    [
      "methods differ in case",
      "tools/call",
      { name: "x" },
      { ...VERSION, "mcp-method": "Tools/Call", "mcp-name": "x" },
      "header-mismatch",
    ],
    ["no name", "tools/call", { name: "x" }, { ...VERSION, "mcp-method": "tools/call" }, "header-mismatch"],
    [
      "another name",
      "prompts/get",
      { name: "x" },
      { ...VERSION, "mcp-method": "prompts/get", "mcp-name": "y" },
      "header-mismatch",
    ],
    [
      "name twice",
      "prompts/get",
      { name: "x" },
      { ...VERSION, "mcp-method": "prompts/get", "mcp-name": ["x", "x"] },
      "header-mismatch",
    ],
    [
      "uri",
      "resources/read",
      { uri: "a:b" },
      { ...VERSION, "mcp-method": "resources/read", "mcp-name": "a:c" },
      "header-mismatch",
    ],
    [
      "task",
      "tasks/update",
      { taskId: "t" },
      { ...VERSION, "mcp-method": "tasks/update" },
      "header-mismatch",
    ],
    [
      "sentinel that is no base64",
      "tools/call",
      { name: "x" },
      { ...VERSION, "mcp-method": "tools/call", "mcp-name": "=?base64?eA?=" },
      "header-mismatch",
    ],
    [
      "sentinel that is no UTF-8",
      "tools/call",
      { name: "x" },
      { ...VERSION, "mcp-method": "tools/call", "mcp-name": "=?base64?/w==?=" },
      "header-mismatch",
    ],
    [
      "sentinel in other letters is text",
      "tools/call",
      { name: "=?BASE64?eA==?=" },
      { ...VERSION, "mcp-method": "tools/call", "mcp-name": "=?BASE64?eA==?=" },
      undefined,
    ],
    ["no name in the body", "tools/call", {}, { ...VERSION, "mcp-method": "tools/call" }, undefined],
    [
      "method that mirrors no name",
      "vendor/own",
      { name: "x" },
      { ...VERSION, "mcp-method": "vendor/own" },
      undefined,
    ],
  ] as const)("%s", (_name, method, params, headers, fault) => {
    expect(code(checkModern(frame(method, params).message, headers))).toBe(fault);
  });

  test("asks nothing of a notification", () => {
    const bytes = Buffer.from('{"jsonrpc":"2.0","method":"notifications/cancelled"}');
    expect(checkModern(decode(bytes, DEFAULT_BOUNDS).message, {})).toBeUndefined();
  });
});

test("checkRevision refuses only a revision that legacy clients cannot mean", () => {
  for (const revision of ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"]) {
    expect(checkRevision({ "mcp-protocol-version": revision })).toBeUndefined();
  }
  expect(checkRevision({})).toBeUndefined();
  const fault = checkRevision({ "mcp-protocol-version": "1999-01-01" });
  expect(fault).toMatchObject({ code: "unsupported-version", data: { requested: "1999-01-01" } });
});

/** SEP-2243's own example, and what it forbids. */
const DEPLOY = {
  type: "object",
  properties: {
    region: { type: "string", "x-mcp-header": "Region" },
    count: { type: "integer", "x-mcp-header": "Count" },
    dry: { type: "boolean", "x-mcp-header": "Dry" },
    to: { type: "object", properties: { zone: { type: "string", "x-mcp-header": "Zone" } } },
    note: { type: "string" },
  },
} as const;

describe("checkParamHeaders", () => {
  const check = (headers: HeaderFields, args: JsonObject): string | undefined =>
    code(checkParamHeaders(headers, DEPLOY, args));

  test("holds each mirrored argument to what it says", () => {
    expect(
      check(
        {
          "mcp-param-region": "eu",
          "mcp-param-count": "42.0",
          "mcp-param-dry": "false",
          "mcp-param-zone": "=?base64?w6k=?=",
        },
        { region: "eu", count: 42, dry: false, to: { zone: "é" } },
      ),
    ).toBeUndefined();
    expect(check({}, { note: "x" })).toBeUndefined();
    expect(check({ "mcp-param-region": "eu", "mcp-param-unknown": "x" }, { region: null })).toBeUndefined();
    expect(check({}, { region: "eu" })).toBe("header-mismatch");
    expect(check({ "mcp-param-region": "us" }, { region: "eu" })).toBe("header-mismatch");
    expect(check({ "mcp-param-region": "=?base64?!?=" }, { region: "eu" })).toBe("header-mismatch");
    expect(check({ "mcp-param-count": "0x2a" }, { count: 42 })).toBe("header-mismatch");
    expect(check({ "mcp-param-dry": "False" }, { dry: false })).toBe("header-mismatch");
    expect(check({}, { to: { zone: "a" } })).toBe("header-mismatch");
  });

  test.each([
    [
      "under items",
      {
        type: "object",
        properties: { a: { type: "array", items: { type: "string", "x-mcp-header": "A" } } },
      },
    ],
    [
      "under anyOf",
      { type: "object", anyOf: [{ properties: { a: { type: "string", "x-mcp-header": "A" } } }] },
    ],
    ["in $defs", { type: "object", $defs: { a: { type: "string", "x-mcp-header": "A" } } }],
    ["on the root", { type: "object", "x-mcp-header": "A" }],
    ["on an object", { type: "object", properties: { a: { type: "object", "x-mcp-header": "A" } } }],
    ["no token", { type: "object", properties: { a: { type: "string", "x-mcp-header": "A B" } } }],
    ["no text", { type: "object", properties: { a: { type: "string", "x-mcp-header": 1 } } }],
    [
      "twice",
      {
        type: "object",
        properties: {
          a: { type: "string", "x-mcp-header": "A" },
          b: { type: "string", "x-mcp-header": "a" },
        },
      },
    ],
  ])("an annotation %s makes all of a tool's count for nothing", (_name, schema) => {
    const good = { type: "string", "x-mcp-header": "Good" };
    const properties = { good, ...("properties" in schema ? schema.properties : {}) };
    expect(paramHeaders({ ...schema, properties })).toEqual([]);
  });
});

test("forwardable lets through what servers need and keeps what is ours", () => {
  const needed = {
    "mcp-method": "x",
    "mcp-param-region": "eu",
    "mcp-vendor": ["a", "b"],
    "last-event-id": "7",
    traceparent: "00-1",
    tracestate: "t",
    baggage: "b",
  };
  const ours = {
    authorization: "Bearer x",
    cookie: "c",
    host: "h",
    connection: "close",
    "transfer-encoding": "chunked",
    "mcp-session-id": "s",
    "content-type": "application/json",
    "x-forwarded-for": "1.2.3.4",
    "proxy-authorization": "p",
  };
  expect(forwardable({ ...needed, ...ours, "mcp-absent": undefined }, "modern")).toEqual(needed);
  const { "mcp-method": _, "mcp-param-region": __, "mcp-vendor": ___, ...legacy } = needed;
  const revision = { "mcp-protocol-version": "2025-11-25" };
  expect(forwardable({ ...needed, ...ours, ...revision }, "legacy")).toEqual({ ...legacy, ...revision });
});

describe("mirrored", () => {
  test("derives the headers from the body as it now is", () => {
    const renamed = frame("tools/call", { name: "files__read" }).edit([
      { kind: "set", path: ["params", "name"], to: "read" },
    ]);
    expect(mirrored(renamed)).toEqual({ "mcp-method": "tools/call", "mcp-name": "read" });
    expect(mirrored(frame("tools/list"))).toEqual({ "mcp-method": "tools/list" });
    expect(mirrored(decode(Buffer.from('{"jsonrpc":"2.0","id":1,"result":{}}'), DEFAULT_BOUNDS))).toEqual({});
  });

  test("any name comes back as it was, in a header that HTTP can carry", () => {
    fc.assert(
      fc.property(
        fc.string({ unit: "binary" }).map((name) => name.toWellFormed()),
        (name) => {
          const value = encodeMirrored(name);
          expect(value).toMatch(/^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/);
          expect(decodeMirrored(value)).toBe(name);
          const made = frame("tools/call", { name });
          expect(checkModern(made.message, { ...VERSION, ...mirrored(made) })).toBeUndefined();
        },
      ),
    );
  });
});

test("a name that looks like the sentinel is encoded, so that it is not taken for one", () => {
  const name = "=?base64?eA==?=";
  expect(encodeMirrored(name)).not.toBe(name);
  expect(decodeMirrored(encodeMirrored(name))).toBe(name);
});

describe("against the SDK's own entry", () => {
  const handler = createMcpHandler(
    () => {
      const server = new McpServer({ name: "oracle", version: "1" });
      server.registerTool("deploy", { inputSchema: fromJsonSchema(DEPLOY) }, () => ({ content: [] }));
      return server;
    },
    { legacy: "reject" },
  );
  afterAll(() => handler.close());

  async function sdk(body: string, headers: Record<string, string>): Promise<number | undefined> {
    const response = await handler.fetch(
      new Request("http://127.0.0.1/mcp", {
        method: "POST",
        body,
        headers: {
          ...headers,
          "content-type": "application/json",
          accept: "application/json, text/event-stream",
        },
      }),
    );
    const text = await response.text();
    if (response.status !== 400) return undefined;
    return (JSON.parse(text) as { error: { code: number } }).error.code;
  }

  test("every header it refuses is refused here with the same code, and no other", async () => {
    const word = fc.constantFrom(
      "deploy",
      "tools/call",
      "tools/list",
      "eu",
      "42",
      "42.0",
      "true",
      "=?base64?ZXU=?=",
      "=?base64?ZXU?=",
      "2026-07-28",
      "2025-11-25",
    );
    const biased = (right: string) => fc.oneof({ weight: 5, arbitrary: fc.constant(right) }, word);
    const headers = fc.record(
      {
        "mcp-protocol-version": biased("2026-07-28"),
        "mcp-method": biased("tools/call"),
        "mcp-name": biased("deploy"),
        "mcp-param-region": biased("eu"),
        "mcp-param-count": biased("42"),
        "mcp-param-dry": biased("true"),
        "mcp-param-zone": biased("eu"),
      },
      { requiredKeys: [] },
    );
    const args = fc.record(
      {
        region: fc.constantFrom("eu", "us"),
        count: fc.constantFrom(42, 7),
        dry: fc.boolean(),
        to: fc.constantFrom({ zone: "eu" }, {}),
      },
      { requiredKeys: [] },
    );
    await fc.assert(
      fc.asyncProperty(
        headers,
        args,
        fc.constantFrom("tools/call", "tools/list"),
        async (given, args, method) => {
          const sent = frame(method, { name: "deploy", arguments: args });
          const classified = classify({ frames: [sent], batch: false, headers: given });
          const fault =
            checkHeaders(classified, [sent], given) ??
            (method === "tools/call" ? checkParamHeaders(given, DEPLOY, args) : undefined);
          expect(fault === undefined ? undefined : FAULTS[fault.code].rpc).toBe(
            await sdk(sent.bytes.toString(), given as Record<string, string>),
          );
        },
      ),
      { numRuns: 400 },
    );
  });
});

test("headers that mirror arguments say what the arguments say after a change, and none says what was taken out", () => {
  const schema = { type: "object", properties: { to: { type: "string", "x-mcp-header": "To" } } };
  const call = frameOf({
    kind: "request",
    id: 1,
    method: "tools/call",
    params: { name: "send", arguments: { to: "[EMAIL]" } },
  });
  const came = { "mcp-method": "tools/call", "mcp-param-to": "ana@corp.example", "mcp-param-other": "x" };
  expect(mirroredArguments(came, schema, call)).toEqual({
    "mcp-method": "tools/call",
    "mcp-param-to": "[EMAIL]",
  });
  expect(mirroredArguments({ "mcp-method": "tools/call" }, schema, call)).toEqual({
    "mcp-method": "tools/call",
  });
});
