import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { nearest } from "./nearest.ts";
import { Problems } from "./problem.ts";
import { readDocument } from "./read.ts";
import { renderProblem } from "./render.ts";

const schema = z.strictObject({
  mode: z.enum(["enforce", "observe"]).optional(),
  listen: z.union([z.string(), z.array(z.string())]).optional(),
  limit: z.int().min(1).max(5).optional(),
  any: z.json().optional(),
  servers: z
    .record(
      z.string().regex(/^[a-z]/, "a name begins with a letter"),
      z.strictObject({
        transport: z.enum(["stdio", "http"]).optional(),
        command: z.string(),
        env: z.record(z.string(), z.string()).optional(),
      }),
    )
    .optional(),
});

function problemsOf(text: string): readonly string[] {
  try {
    readDocument("f.yaml", text, schema);
    return [];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map((problem) => renderProblem(problem, { color: false }));
  }
}

describe("a document that is wrong", () => {
  test("says everything at once, in order, with the line and what was probably meant", () => {
    const text = [
      "mode: enforc",
      "listen: [1, x]",
      "server: 2",
      "servers:",
      "  github:",
      "    transport: stdoi",
      "    env: { TOKEN: abc, COUNT: 3 }",
      "  9lives: { command: x }",
    ].join("\n");
    expect(problemsOf(text).join("\n")).toMatchInlineSnapshot(`
      "fail f.yaml:1:7  mode: "enforc" is not one of enforce, observe
          > 1 | mode: enforc
              |       ^^^^^^   did you mean "enforce"?
      fail f.yaml:2:10  listen[0]: should be text, is a number
            1 | mode: enforc
          > 2 | listen: [1, x]
              |          ^
      fail f.yaml:3:1  server: unknown key
            1 | mode: enforc
            2 | listen: [1, x]
          > 3 | server: 2
              | ^^^^^^   did you mean "servers"?
      fail f.yaml:5:3  servers.github: \`command\` is missing
            3 | server: 2
            4 | servers:
          > 5 |   github:
              |   ^^^^^^
      fail f.yaml:6:16  servers.github.transport: "stdoi" is not one of stdio, http
            4 | servers:
            5 |   github:
          > 6 |     transport: stdoi
              |                ^^^^^   did you mean "stdio"?
      fail f.yaml:7:31  servers.github.env.COUNT: should be text, is a number
            5 |   github:
            6 |     transport: stdoi
          > 7 |     env: { TOKEN: •••, COUNT: • }
              |                               ^
      fail f.yaml:8:3  servers.9lives: a name begins with a letter
            6 |     transport: stdoi
            7 |     env: { TOKEN: •••, COUNT: • }
          > 8 |   9lives: { command: x }
              |   ^^^^^^"
    `);
  });

  test.each([
    ["a condition that begins with !", "when: !path.within(args.path)\n"],
    ["a star", "match: { tool: * }\n"],
    ["a colon in a sentence", "why: Not allowed: ask ops\n"],
  ])("%s is told to be put in quotes", (_, text) => {
    let hint: string | undefined;
    try {
      readDocument("f.yaml", text, z.looseObject({}));
    } catch (error) {
      if (error instanceof Problems) hint = error.problems[0]?.hint;
    }
    expect(hint).toContain("put the text in quotes");
  });

  test.each([
    ["a key twice", "mode: observe\nmode: enforce\n", "f.yaml:2:1  this key stands here twice"],
    ["a tag", "any: !exec ls\n", "f.yaml:1:6  tags (`!name`) are not read here"],
    ["two documents", "mode: observe\n---\nmode: enforce\n", "f.yaml:2:1  only one document"],
    ["a tab", "servers:\n\ta: 1\n", "f.yaml:2:1  indent with spaces"],
    ["an alias of nothing", "any: *a\n", "f.yaml:1:6  no anchor &a stands before this alias"],
    ["a loop", "any: &a [*a]\n", "f.yaml:1:10  the alias *a stands inside what it repeats"],
    ["__proto__", "any: { __proto__: { x: 1 } }\n", "f.yaml:1:8  `__proto__` cannot be a key"],
    ["depth", `any: ${"[".repeat(80)}${"]".repeat(80)}\n`, "nested deeper than 64 levels"],
    [
      "depth beyond the parser",
      `any: ${"[".repeat(20_000)}${"]".repeat(20_000)}\n`,
      "nested deeper than 64 levels",
    ],
    ["size", `any: "${"x".repeat(1_100_000)}"\n`, "larger than 1048576 bytes"],
    ["a list for a mapping", "- 1\n", "should be a mapping (`key: value`), is a list"],
    ["an empty value", "limit:\n", "f.yaml:1:1  limit: should be a number, is empty"],
    ["a value in neither way", "listen: 5\n", "f.yaml:1:9  listen: should be text or a list, is a number"],
    ["a missing member", "servers: { a: {} }\n", "f.yaml:1:12  servers.a: `command` is missing"],
    ["a bound", "limit: 9\n", "f.yaml:1:8  limit: must be at most 5"],
  ])("%s is refused", (_, text, message) => {
    expect(problemsOf(text).join("\n")).toContain(message);
  });

  test("a billion laughs are refused before they are told", () => {
    const rows = ["any:", "  a0: &a0 [x, x, x, x, x, x, x, x, x]"];
    for (let i = 1; i < 12; i++)
      rows.push(`  a${i}: &a${i} [${Array.from({ length: 9 }, () => `*a${i - 1}`).join(", ")}]`);
    expect(() => readDocument("f.yaml", rows.join("\n"), schema)).toThrow(Problems);
  });

  test("secrets of shown lines are blanked, references to them are not", () => {
    const shown = problemsOf(
      [
        "servers:",
        "  a:",
        "    env:",
        "      GITHUB: ghp_plain",
        "      OTHER: 5",
        '      REF: "${GITHUB}"',
        "      LAST: 7",
        "listen: postgres://me:hunter2@db/x",
        "mod: observe",
      ].join("\n"),
    ).join("\n");
    expect(shown).toContain("GITHUB: •••••••••");
    expect(shown).toContain('"${GITHUB}"');
    expect(shown).not.toMatch(/ghp_plain|hunter2/);
  });

  test("what YAML cannot read shows no secret either", () => {
    expect(problemsOf('servers: { a: { env: { API_TOKEN: "abc123\n  } } }').join("\n")).not.toContain(
      "abc123",
    );
  });

  test("control characters of a file do not reach the terminal", () => {
    expect(problemsOf('mod: "\u009b31m"\n').join("\n")).not.toContain("\u009b");
  });

  test("any text gives a value or Problems that can be shown, never another error", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string({ unit: fc.constantFrom(...Array.from("ab:*&!-[]{}'\"|>#\n \t,0")) }),
        ),
        (text) => {
          for (const shown of problemsOf(text)) expect(shown).toMatch(/^fail f\.yaml/);
        },
      ),
      { numRuns: 1000 },
    );
  });
});

describe("a document that is right", () => {
  test("JSON is read as well, and an alias means what it repeats", () => {
    expect(readDocument("f", '{"mode": "observe"}', schema).value).toEqual({ mode: "observe" });
    expect(readDocument("f", "any: { a: &x [1], b: *x }", schema).value).toEqual({ any: { a: [1], b: [1] } });
    expect(readDocument("f", "", schema).value).toEqual({});
  });

  test.each([
    ["plain", "listen: abc def", 1, 13],
    ["quoted", 'listen: "abc def"', 1, 14],
    ["literal", "listen: |\n  first\n  abc def", 3, 7],
  ])("a part of a %s text has a place", (kind, text, line, column) => {
    const offset = kind === "literal" ? 10 : 4;
    expect(readDocument("f", text, schema).at(["listen"], { offset, length: 3 })).toEqual({
      line,
      column,
      length: 3,
    });
  });

  test("a part of a folded text is pointed at as a whole", () => {
    const read = readDocument("f", "listen: >\n  abc\n  def", schema);
    expect(read.at(["listen"], { offset: 4, length: 3 })).toMatchObject({ line: 1, column: 9 });
  });

  test("keys and values have places, and what is absent has that of its parent", () => {
    const read = readDocument("f", "mode: observe\nservers:\n  a: { command: x }\n", schema);
    expect(read.at(["servers", "a"], "key")).toEqual({ line: 3, column: 3, length: 1 });
    expect(read.at(["servers", "a", "command"])).toEqual({ line: 3, column: 17, length: 1 });
    expect(read.at(["servers", "a", "env"], "key")).toEqual({ line: 3, column: 3, length: 1 });
    expect(read.problem(["mode"], "is odd", "why?")).toMatchObject({
      line: 1,
      column: 7,
      message: "mode: is odd",
      hint: "why?",
    });
  });
});

describe("the nearest word", () => {
  test.each([
    ["lisen", "listen"],
    ["mcp_servers", "mcpServers"],
    ["Mode", "mode"],
    ["zzz", undefined],
  ])("%s → %s", (word, meant) => {
    expect(nearest(word, ["listen", "mcpServers", "mode", "store"])).toBe(meant);
  });
});
