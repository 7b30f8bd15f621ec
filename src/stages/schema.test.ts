import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Json, JsonObject } from "../call/json.ts";
import { schemaCheck } from "./schema.ts";

const check = await schemaCheck();
const tool = (properties: JsonObject, more: JsonObject = {}): JsonObject => ({
  type: "object",
  properties,
  ...more,
});

describe("arguments and a tool's own schema", () => {
  test.each<[string, JsonObject, JsonObject, string]>([
    ["fit", tool({ path: { type: "string" } }, { required: ["path"] }), { path: "x" }, "fits"],
    [
      "a missing one",
      tool({ path: { type: "string" } }, { required: ["path"] }),
      {},
      "/path: `path` is required",
    ],
    [
      "an unknown one",
      tool({}, { additionalProperties: false }),
      { extra: 1 },
      "/extra: `extra` is not one of its arguments",
    ],
    ["a wrong type", tool({ n: { type: "integer" } }), { n: "secret-value" }, "/n: `/n` must be integer"],
    [
      "a nested one",
      tool({ a: tool({ b: { type: "boolean" } }) }),
      { a: { b: 1 } },
      "/a/b: `/a/b` must be boolean",
    ],
    [
      "2020-12 words",
      tool({ a: { type: "array", prefixItems: [{ type: "string" }], items: false } }),
      { a: ["x", 1] },
      "/a: `/a` must NOT have more than 1 items",
    ],
    [
      "draft-07 words",
      {
        $schema: "http://json-schema.org/draft-07/schema#",
        ...tool({ a: { type: "array", items: [{ type: "string" }], additionalItems: false } }),
      },
      { a: ["x", 1] },
      "/a: `/a` must NOT have more than 1 items",
    ],
    [
      "a format",
      tool({ when: { type: "string", format: "date" } }),
      { when: "tomorrow" },
      '/when: `/when` must match format "date"',
    ],
    [
      "a local reference",
      tool({ a: { $ref: "#/$defs/text" } }, { $defs: { text: { type: "string" } } }),
      { a: 1 },
      "/a: `/a` must be string",
    ],
  ])("%s", (_, schema, args, expected) => {
    const said = check(schema, args);
    expect(said.kind === "differs" ? `${said.path}: ${said.problem}` : said.kind).toBe(expected);
  });

  test("everything that is wrong is named at once, up to a bound, and never a value", () => {
    const text = { type: "string" };
    const schema = tool({ a: text, b: text, c: text }, { required: ["a", "b"], additionalProperties: false });
    expect(check(schema, { c: 1, d: "hunter2" })).toEqual({
      kind: "differs",
      path: "/a",
      problem: "`a` is required; `b` is required; `d` is not one of its arguments; `/c` must be string",
    });
    const many = Object.fromEntries(Array.from({ length: 40 }, (_, index) => [`x${index}`, "hunter2"]));
    const said = check(schema, { a: "", b: "", ...many });
    expect(said).toMatchObject({
      problem: expect.stringMatching(/^(?:`x\d` is not one of its arguments; ){4}and 36 more$/),
    });
  });

  test("where naming all could take long, the first is named", () => {
    const schema = tool({ list: { type: "array", items: { type: "string" } } }, { required: ["a"] });
    const said = check(schema, { list: Array.from({ length: 30_000 }, () => 1) });
    expect(said).toEqual({ kind: "differs", path: "/a", problem: "`a` is required" });
  });

  test("no value that was sent is repeated", () => {
    const said = check(tool({ token: { type: "string", maxLength: 3 } }), { token: "hunter2-hunter2" });
    expect(JSON.stringify(said)).not.toContain("hunter2");
  });

  test.each<[string, JsonObject]>([
    ["a reference that leaves the document", tool({ a: { $ref: "https://example.com/schema.json" } })],
    ["a pattern that RE2 does not know", tool({ a: { type: "string", pattern: "(?=x)" } })],
    ["nonsense", { type: "nonsense" }],
    ["more than can be looked at", tool({ a: { description: "x".repeat(300_000) } })],
  ])("%s is not checked, and says so", (_, schema) => {
    expect(check(schema, { a: "x" }).kind).toBe("unchecked");
  });

  test("a pattern that would take for ever elsewhere is answered", () => {
    const schema = tool({ a: { type: "string", pattern: "^(a+)+$" } });
    expect(check(schema, { a: `${"a".repeat(50_000)}!` }).kind).toBe("differs");
  });

  test("two servers may use one `$id` for two schemas", () => {
    const one = { $id: "https://example.com/x", ...tool({ a: { type: "string" } }) };
    const other = { $id: "https://example.com/x", ...tool({ a: { type: "number" } }) };
    expect(check(one, { a: "x" }).kind).toBe("fits");
    expect(check(other, { a: "x" }).kind).toBe("differs");
  });
});

const DRAFT_07 = { $schema: "http://json-schema.org/draft-07/schema#" };

describe.each<[string, JsonObject]>([
  ["2020-12", {}],
  ["draft-07", DRAFT_07],
])("uniqueItems of %s", (_, dialect) => {
  const unique = { ...dialect, ...tool({ a: { type: "array", uniqueItems: true } }) };
  const kind = (a: Json, schema: JsonObject = unique): string => check(schema, { a }).kind;

  test("means what comparing each with each says", () => {
    const leaf = fc.constantFrom<Json>(null, true, 0, 1, 1.5, "", "1", "a", "null", Infinity);
    const { value } = fc.letrec<{ value: Json }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 3 },
        leaf,
        fc.array(tie("value"), { maxLength: 3 }),
        fc.dictionary(fc.constantFrom("a", "b", "c"), tie("value"), { noNullPrototype: true, maxKeys: 3 }),
      ),
    }));
    let duplicates = 0;
    fc.assert(
      fc.property(fc.array(value, { maxLength: 6 }), (items) => {
        const twice = items.some((one, at) =>
          items.slice(0, at).some((other) => isDeepStrictEqual(one, other)),
        );
        if (twice) duplicates++;
        expect(kind(items)).toBe(twice ? "differs" : "fits");
      }),
      { numRuns: 3000 },
    );
    expect(duplicates).toBeGreaterThan(100);
  });

  test.each<[string, string]>([
    ["[1, 1.0]", "differs"],
    ["[0, -0]", "differs"],
    ['[1, "1"]', "fits"],
    ["[1e400, null]", "fits"],
    ['[{"a":1,"b":[2]},{"b":[2],"a":1}]', "differs"],
    ['[{"a":1,"b":[2]},{"b":[2],"a":2}]', "fits"],
    ['[["a,b"],["a","b"]]', "fits"],
  ])("%s %s", (text, expected) => {
    expect(kind(JSON.parse(text) as Json)).toBe(expected);
  });

  test("false asks for nothing, and the refusal says what is wrong", () => {
    expect(kind([1, 1], { ...dialect, ...tool({ a: { uniqueItems: false } }) })).toBe("fits");
    expect(check(unique, { a: [1, 1] })).toEqual({
      kind: "differs",
      path: "/a",
      problem: "`/a` must NOT have duplicate items",
    });
  });
});

test("each with each is never compared", () => {
  let reads = 0;
  const item = (n: number): JsonObject =>
    Object.defineProperty({}, "n", { enumerable: true, get: () => (reads++, n) });
  const a = Array.from({ length: 2000 }, (_, n) => item(n));
  expect(check(tool({ a: { uniqueItems: true } }), { a }).kind).toBe("fits");
  expect(reads).toBeLessThan(20_000);
});

/** `d0` to `d40`, each made of the one before by `step`. */
function doubling(step: (before: JsonObject) => JsonObject, more: JsonObject = {}): JsonObject {
  const defs: Record<string, JsonObject> = { d0: { type: "object" } };
  for (let i = 1; i <= 40; i++) defs[`d${i}`] = step({ $ref: `#/$defs/d${i - 1}` });
  return { $ref: "#/$defs/d40", $defs: defs, ...more };
}
const nested = (depth: number): JsonObject => (depth === 0 ? {} : { a: nested(depth - 1) });
const both = (ref: JsonObject): JsonObject => ({
  allOf: [{ properties: { a: ref } }, { properties: { a: ref } }],
});

describe("a schema that makes one value cost too much", () => {
  test.each<[string, JsonObject, JsonObject]>([
    ["allOf", doubling((d) => ({ allOf: [d, d] })), {}],
    ["oneOf", doubling((d) => ({ oneOf: [d, { not: d }] })), {}],
    ["if and else", doubling((d) => ({ if: d, else: d })), {}],
    ["dependentSchemas", doubling((d) => ({ dependentSchemas: { a: d, b: d } })), { a: 1, b: 1 }],
    ["draft-07", { ...DRAFT_07, ...doubling((d) => ({ anyOf: [{ not: d }, d] })) }, {}],
    ["members", doubling(both), nested(50)],
    ["patterns of members", doubling((d) => ({ patternProperties: { a: d, ".": d } })), nested(50)],
    ["anchors", doubling((d) => d, { $ref: "#/$defs/x", ...anchored() }), {}],
    ["a branching recursion", { ...both({ $ref: "#" }), type: "object" }, nested(40)],
    [
      "alternatives of a tree",
      { anyOf: [1, 2].map((k) => ({ properties: { a: { $ref: "#" } }, required: [`k${k}`] })) },
      nested(40),
    ],
    ["$dynamicRef", { $dynamicAnchor: "t", ...both({ $dynamicRef: "#t" }) }, nested(40)],
    ["a reference to itself", { $ref: "#" }, {}],
    [
      "references in a ring",
      { $ref: "#/$defs/a", $defs: { a: { $ref: "#/$defs/b" }, b: { $ref: "#/$defs/a" } } },
      {},
    ],
  ])("through %s is not checked, and says so", (_, schema, value) => {
    const said = check(schema, value);
    expect(said.kind).toBe("unchecked");
    expect(said.kind === "unchecked" && said.why).toMatch(/too many times|leads back to itself/);
  });

  test("a small one may branch where the value is not deep", () => {
    const tree = { anyOf: [1, 2].map((k) => ({ properties: { a: { $ref: "#" } }, required: [`k${k}`] })) };
    expect(check(tree, { k2: 1, a: { k1: 1 } }).kind).toBe("fits");
    expect(check(tree, { k2: 1, a: {} }).kind).toBe("differs");
  });

  test("recursion that takes one step into the value each time is checked at any depth", () => {
    const json = {
      anyOf: [
        { type: ["string", "number", "boolean", "null"] },
        { type: "array", items: { $ref: "#" } },
        { type: "object", additionalProperties: { $ref: "#" } },
      ],
    };
    expect(check(json, { deep: [nested(60)] }).kind).toBe("fits");
    const tree = { properties: { left: { $ref: "#" }, right: { $ref: "#" }, n: { type: "number" } } };
    const value = (depth: number): JsonObject =>
      depth === 0 ? { n: "x" } : { left: { n: 1 }, right: value(depth - 1) };
    expect(check(tree, value(60)).kind).toBe("differs");
  });

  test("a value too large for its schema is not checked, and says so", () => {
    const allOf = Array.from({ length: 400 }, (_, n) => ({ maximum: n + 1e6 }));
    const schema = tool({ a: { type: "array", items: { allOf } } });
    expect(check(schema, { a: [1, 2, 3] }).kind).toBe("fits");
    expect(check(schema, { a: Array.from({ length: 60_000 }, () => 1) })).toEqual({
      kind: "unchecked",
      why: "the arguments are too large for their schema",
    });
    const patterns = tool({ a: { allOf: Array.from({ length: 50 }, () => ({ pattern: "^(a+)+$" })) } });
    expect(check(patterns, { a: "a".repeat(500_000) }).kind).toBe("unchecked");
  });

  test("what tools take every day is checked, large or not", () => {
    const edit = tool(
      { old: { type: "string", minLength: 1 }, now: { type: "string" } },
      { required: ["old"] },
    );
    const schema = tool({
      path: { type: "string" },
      edits: { type: "array", items: edit, uniqueItems: true },
    });
    const edits = Array.from({ length: 50_000 }, (_, n) => ({ old: `a${n}`, now: "b" }));
    expect(check(schema, { path: "x", edits }).kind).toBe("fits");
    expect(check(schema, { path: "x".repeat(4_000_000), edits: [{}] }).kind).toBe("differs");
  });
});

function anchored(): JsonObject {
  const defs: Record<string, JsonObject> = { d0: { $anchor: "d0", type: "object" } };
  for (let i = 1; i <= 40; i++)
    defs[`d${i}`] = { $anchor: `d${i}`, allOf: [{ $ref: `#d${i - 1}` }, { $ref: `#d${i - 1}` }] };
  return { $ref: "#d40", $defs: defs };
}
