import { describe, expect, test } from "vitest";
import type { JsonObject } from "../call/json.ts";
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
