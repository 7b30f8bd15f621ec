import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { clientOf } from "../../src/clients/client.ts";
import { type FoundFile, listsIn } from "../../src/clients/find.ts";
import { gateEntry, planConnect, planDisconnect } from "../../src/clients/gate.ts";
import { planUnwrap } from "../../src/clients/plan-unwrap.ts";
import { planWrap } from "../../src/clients/plan-wrap.ts";
import { blankRecord } from "../../src/clients/records.ts";
import { valueOf } from "../../src/clients/syntax.ts";
import { fileOf, type System, wrapperOn } from "./fixtures.ts";

const BLANK = blankRecord("/home/ana/file");
const RUNS = { numRuns: 300 };

const oneOf = <T>(...values: readonly T[]): fc.Arbitrary<T> => fc.constantFrom(...values);
const list = <T>(one: fc.Arbitrary<T>, maxLength: number): fc.Arbitrary<readonly T[]> =>
  fc.array(one, { maxLength });

/** Keys and values that careless code trips over. */
const key = fc.oneof(
  oneOf(
    "files",
    "a.b",
    "__proto__",
    "constructor",
    "portcullis-x",
    "",
    " ",
    "ключ",
    "a/b",
    '"',
    "\\",
    "mcpServers",
    "command",
    "0",
    "#",
    "//",
  ),
  fc.string({ maxLength: 6 }),
);
const word = fc.oneof(
  oneOf(
    "npx",
    "-y",
    "--",
    "wrap",
    "portcullis",
    "{",
    "}",
    ",",
    "// no comment",
    "/* nor this */",
    "\u2028",
    "=",
    "'",
  ),
  fc.string({ maxLength: 8 }),
);
const program = word.filter((text) => text !== "");

/** White space and comments that JSON with comments has between any two of its tokens. */
const gap = (end: string): fc.Arbitrary<string> =>
  fc.oneof(
    { weight: 5, arbitrary: oneOf("", " ") },
    oneOf(end, `${end}\t`, `${end}    `, "/* a, { b: */", `// c } ,"${end}`, `${end}// d${end}  `),
  );

interface Shape {
  readonly servers: readonly (readonly [
    string,
    (
      | { readonly program: string; readonly args: readonly string[] | undefined; readonly first: boolean }
      | { readonly url: string }
    ),
  ])[];
  readonly others: readonly (readonly [string, string])[];
  readonly mark: boolean;
}

const server = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      program,
      args: fc.option(list(word, 3), { nil: undefined }),
      first: fc.boolean(),
    }),
  },
  { weight: 1, arbitrary: fc.record({ url: fc.constant("https://x.example/mcp") }) },
);
const shape: fc.Arbitrary<Shape> = fc.record({
  servers: list(fc.tuple(key, server), 4),
  others: list(
    fc.tuple(
      key.filter((name) => name !== "mcpServers" && name !== "mcp_servers"),
      oneOf("1", "true", '"text"', "[]"),
    ),
    3,
  ),
  mark: fc.boolean(),
});

/** A text of JSON with comments for a shape; keys may stand in it twice, and commas at the end. */
const jsonc: fc.Arbitrary<string> = fc
  .tuple(shape, oneOf("\n", "\r\n"), fc.infiniteStream(fc.nat(1_000_000)))
  .chain(([{ servers, others, mark }, end]) =>
    fc
      .tuple(fc.array(gap(end), { minLength: 120, maxLength: 120 }), fc.boolean(), fc.boolean())
      .map(([gaps, trailing, before]) => {
        let next = 0;
        const g = (): string => gaps[next++ % gaps.length] ?? "";
        const member = (name: string, value: string): string =>
          `${g()}${JSON.stringify(name)}${g()}:${g()}${value}${g()}`;
        const object = (members: readonly string[]): string =>
          `{${members.join(",")}${members.length > 0 && trailing ? "," : g()}${g()}}`;
        const array = (items: readonly string[]): string =>
          `[${items.map((item) => `${g()}${JSON.stringify(item)}${g()}`).join(",")}${items.length > 0 && trailing ? "," : ""}${g()}]`;
        const entries = servers.map(([name, one]) => {
          if ("url" in one) return member(name, object([member("url", JSON.stringify(one.url))]));
          const own = [
            member("command", JSON.stringify(one.program)),
            ...(one.args === undefined ? [] : [member("args", array(one.args))]),
          ];
          return member(name, object(one.first ? own : own.toReversed()));
        });
        const rest = others.map(([name, value]) => member(name, value));
        const mine = member("mcpServers", object(entries));
        return `${mark ? "\uFEFF" : ""}${g()}${object(before ? [mine, ...rest] : [...rest, mine])}${g()}`;
      }),
  );

/** A text of TOML for a shape, its tables written in one of three ways. */
const toml: fc.Arbitrary<string> = fc
  .tuple(
    shape,
    oneOf("\n", "\r\n"),
    list(oneOf("table", "inline", "dotted"), 4),
    oneOf("", "  ", "\t"),
    oneOf("", " # note, [x] = {"),
    fc.boolean(),
  )
  .map(([{ servers, others, mark }, end, ways, indent, comment, last]) => {
    const quoted = (text: string): string => JSON.stringify(text).replaceAll("\u007f", "\\u007f");
    const seen = new Set<string>();
    const own = servers.filter(([name]) => !seen.has(name) && seen.add(name));
    const known = new Set<string>();
    const tops = others
      .filter(([name]) => !known.has(name) && known.add(name))
      .map(([name, value]) => `${quoted(name)} = ${value}${comment}${end}`);
    const pairs = (one: (typeof own)[number][1]): readonly (readonly [string, string])[] =>
      "url" in one
        ? [["url", quoted(one.url)]]
        : [
            ["command", quoted(one.program)],
            ...(one.args === undefined ? [] : [["args", `[${one.args.map(quoted).join(", ")}]`] as const]),
          ];
    const inTable = own.flatMap(([name, one], index) => {
      const at = quoted(name);
      if (ways[index] === "inline")
        return [
          `${indent}${at} = { ${pairs(one)
            .map(([k, v]) => `${k} = ${v}`)
            .join(", ")} }${comment}${end}`,
        ];
      if (ways[index] === "dotted")
        return pairs(one).map(([k, v]) => `${indent}${at}.${k} = ${v}${comment}${end}`);
      return [];
    });
    const tables = own.flatMap(([name, one], index) =>
      ways[index] === "inline" || ways[index] === "dotted"
        ? []
        : [
            `${end}[mcp_servers.${quoted(name)}]${comment}${end}${pairs(one)
              .map(([k, v]) => `${indent}${k} = ${v}${comment}${end}`)
              .join("")}`,
          ],
    );
    const text = `${mark ? "\uFEFF" : ""}${tops.join("")}${inTable.length > 0 ? `[mcp_servers]${end}${inTable.join("")}` : ""}${tables.join("")}`;
    return last ? text : text.replace(/\r?\n$/, "");
  });

describe.each([
  ["JSON with comments", clientOf("cursor"), jsonc],
  ["TOML", clientOf("codex"), toml],
] as const)("any %s", (_, client, texts) => {
  const plainOf = (file: FoundFile): string => `${file.mark}${file.text}`;
  const after = (plan: { readonly file: FoundFile; readonly text: string | undefined }): FoundFile =>
    fileOf(client, `${plan.file.mark}${plan.text ?? ""}`);
  const value = gateEntry(client, { url: "http://127.0.0.1:8090/mcp", words: [] });

  test("wrapped: every program stands behind wrap with its words, and nothing else is touched", () => {
    fc.assert(
      fc.property(texts, oneOf<System>("linux", "win32"), (text, system) => {
        const file = fileOf(client, text);
        const plan = planWrap(file, BLANK, wrapperOn(system), false);
        const servers = listsIn(file.place, client, file.root).flatMap((found) => found.servers);
        const wrapped = listsIn(file.place, client, after(plan).root).flatMap((found) => found.servers);
        expect(wrapped.map(({ name }) => name)).toEqual(servers.map(({ name }) => name));
        for (const [index, { entry, kind }] of servers.entries()) {
          const now = wrapped[index];
          if (kind !== "program" || entry.words?.[0] === "") continue;
          expect(now?.wrapped).toBe(true);
          expect(now?.entry.words?.slice(-(entry.words?.length ?? 0))).toEqual(entry.words);
        }
      }),
      RUNS,
    );
  });

  test("wrapped and unwrapped is what it was, to the byte", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const plan = planWrap(fileOf(client, text), BLANK, wrapperOn("linux"), false);
        const back = planUnwrap(after(plan), plan.record);
        expect(`${back.file.mark}${back.text ?? ""}`).toBe(text);
      }),
      RUNS,
    );
  });

  test("without the record every command comes back, and everything else stays", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const file = fileOf(client, text);
        const plan = planWrap(file, BLANK, wrapperOn("linux"), false);
        const words = (one: FoundFile): unknown =>
          listsIn(one.place, client, one.root).flatMap(({ servers }) =>
            servers.map(({ entry }) => entry.words),
          );
        expect(words(after(planUnwrap(after(plan), BLANK)))).toEqual(words(file));
      }),
      RUNS,
    );
  });

  test("connected and disconnected is what it was, to the byte", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const plan = planConnect(fileOf(client, text), BLANK, value);
        const back = planDisconnect(after(plan), plan.record);
        if (plan.steps[0]?.kind === "connect") expect(`${back.file.mark}${back.text ?? ""}`).toBe(text);
        else expect(plan.text).toBe(plan.file.text);
      }),
      RUNS,
    );
  });

  test("disconnected without the record, everything else is the same", () => {
    fc.assert(
      fc.property(texts, (text) => {
        const file = fileOf(client, text);
        const plan = planConnect(file, BLANK, value);
        fc.pre(plan.steps[0]?.kind === "connect");
        const rest = after(planDisconnect(after(plan), BLANK));
        const [key = ""] = client.keys;
        const without = (one: FoundFile): unknown => {
          const { [key]: servers, ...others } = valueOf(one.root) as Record<string, unknown>;
          return [others, servers ?? {}];
        };
        expect(without(rest)).toEqual(without(file));
        expect(plainOf(rest)).not.toContain("8090");
      }),
      RUNS,
    );
  });
});
