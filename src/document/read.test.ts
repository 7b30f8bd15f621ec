import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { z } from "zod";
import { nearest } from "./nearest.ts";
import { Problems } from "./problem.ts";
import { examine, readDocument } from "./read.ts";
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

describe("what of a document can be read", () => {
  const read = (text: string) => examine("f.yaml", text, schema);

  test("is what has the right shape, however much of the rest has not", () => {
    const text =
      "mode: enforc\nlisten: [1, a, 2, b]\nservers:\n  one: { command: x, env: { A: 1, B: b } }\n  two: { comand: x }\n  9: { command: y }\n";
    const { value, problems } = read(text);
    expect(value).toEqual({ listen: ["a", "b"], servers: { one: { command: "x", env: { B: "b" } } } });
    expect(problems.map(({ line, message }) => `${line} ${message.split(":", 1).join("")}`)).toEqual([
      "1 mode",
      "2 listen[0]",
      "2 listen[2]",
      "4 servers.one.env.A",
      "5 servers.two",
      "5 servers.two.comand",
      "6 servers.9",
    ]);
  });

  test("still knows where it stands", () => {
    const document = read("listen:\n  - 1\n  - a\n  - 2\n  - b\n");
    expect(document.at(["listen", 1])).toMatchObject({ line: 5 });
    expect(document.problem(["listen", 0], "is odd")).toMatchObject({
      line: 3,
      message: "listen[1]: is odd",
    });
  });

  test("a problem is doubtful where it may follow from what was left out, and nowhere else", () => {
    const document = read("servers:\n  one: { command: x, env: { A: 1 } }\n  two: { command: y }\n");
    const doubtful = (...path: string[]): boolean => document.problem(path, "is odd").doubtful === true;
    expect([doubtful("servers", "one"), doubtful("servers")]).toEqual([true, true]);
    expect([doubtful("servers", "one", "command"), doubtful("servers", "two")]).toEqual([false, false]);
    expect(document.whole(["servers", "one"])).toBe(true);
    expect(document.whole(["servers", "one", "env"])).toBe(false);
    expect([document.doubts(["servers", "one"]), document.doubts(["servers", "two"])]).toEqual([true, false]);
  });

  test("an alias of something wrong is wrong in each place, and only there", () => {
    const { value } = read(
      "any: &it { env: { A: 1 }, command: x }\nservers:\n  one: *it\n  two: { command: y }\n",
    );
    expect(value).toEqual({
      any: { env: { A: 1 }, command: "x" },
      servers: { one: { command: "x", env: {} }, two: { command: "y" } },
    });
  });

  test.each(["[1]", "text", "5"])("nothing, of %s", (text) => {
    expect(() => read(text)).toThrow(Problems);
  });

  test("has the right shape whatever is written, and nothing that was right is lost", () => {
    const entry = fc.dictionary(fc.constantFrom("transport", "command", "env", "x"), fc.jsonValue());
    const written = fc.record(
      {
        mode: fc.oneof(fc.constant("enforce"), fc.jsonValue()),
        listen: fc.oneof(fc.array(fc.oneof(fc.string(), fc.integer())), fc.jsonValue()),
        limit: fc.oneof(fc.integer({ min: 1, max: 5 }), fc.jsonValue()),
        servers: fc.dictionary(fc.constantFrom("a", "b", "9"), fc.oneof(entry, fc.jsonValue())),
        other: fc.jsonValue(),
      },
      { requiredKeys: [] },
    );
    const readable = written.filter((raw) => !JSON.stringify(raw).includes("__proto__"));
    fc.assert(
      fc.property(readable, (raw) => {
        const { value } = read(JSON.stringify(raw));
        expect(schema.safeParse(value).success).toBe(true);
        for (const key of ["mode", "limit"] as const) {
          const kept = schema.shape[key].safeParse(raw[key]);
          if (kept.success) expect(value[key]).toEqual(kept.data);
        }
      }),
      { numRuns: 300 },
    );
  });
});
