import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Cell, CELL, openCell } from "./cell.ts";
import { type Sandboxed, sandboxed } from "./sandbox.ts";

const CARD = 'name: "p", version: "1", tier: "rewrite", broken: "stop", classes: ["pii"]';
const plugin = (body: string, before = ""): string =>
  `${before}\nexport const plugin = { ${CARD}, look(text, place) { ${body} } };`;
const PLACE = JSON.stringify({ role: "text", made: "original" });

let cell: Cell;
beforeAll(async () => {
  cell = await openCell(() => performance.now());
});

/** What the plugin says of a text, in a cell of its own. */
const said = (source: string, text = "hello"): unknown =>
  cell(source, CELL, ({ look }) => JSON.parse(look(text, PLACE)));
const BOUND = "it threw, or met a bound of its sandbox";

describe("nothing of the machine is there", () => {
  test.each([
    "process",
    "require",
    "fetch",
    "setTimeout",
    "setInterval",
    "console",
    "WebAssembly",
    "Buffer",
    "navigator",
    "performance",
    "std",
    "os",
    "global",
    "module",
    "postMessage",
  ])("no %s", (name) => {
    expect(said(plugin(`return [typeof globalThis["${name}"]];`))).toEqual(["undefined"]);
  });

  test.each([
    ["a constructor's constructor", "[].constructor.constructor('return this')()"],
    ["that of an argument", "place.constructor.constructor('return this')()"],
    ["that of `look` itself", "this.look.constructor('return this')()"],
    [
      "that of a generator",
      "Object.getPrototypeOf(function* () {}).constructor('yield this')().next().value ?? globalThis",
    ],
    ["indirect eval", "(0, eval)('this')"],
  ])("%s leads to the inside only", (_, way) => {
    expect(
      said(
        plugin(
          `const host = ${way}; return [typeof host.process, typeof host.require, host === globalThis];`,
        ),
      ),
    ).toEqual(["undefined", "undefined", true]);
  });

  test.each([
    ["a module of Node", 'import fs from "node:fs";'],
    ["a file", 'import x from "/etc/passwd";'],
    ["an address", 'import x from "https://example.com/x.js";'],
  ])("%s cannot be imported", (_, line) => {
    expect(() => said(plugin("return [];", line))).toThrow(BOUND);
  });

  test("an import at run time gives nothing, and what it promises is no list", () => {
    expect(said(plugin('return import("node:fs");'))).toEqual({});
  });
});

describe("the host stays as it was", () => {
  test("prototypes that are changed inside are changed inside", () => {
    const wild = `Object.prototype.polluted = "yes"; Array.prototype.push = () => { throw 1; }; String.prototype.includes = () => true;`;
    said(plugin("return [];", wild));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
    expect("abc".includes("z")).toBe(false);
  });

  test("an answer with `__proto__` changes no prototype", () => {
    said(plugin(`return [JSON.parse('{"__proto__": {"polluted": 1}}')];`));
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });

  test("nothing is kept from one message to the next", () => {
    const counting = plugin(
      "globalThis.n = (globalThis.n ?? 0) + 1; count += 1; return [globalThis.n, count];",
      "let count = 0;",
    );
    expect([said(counting), said(counting)]).toEqual([
      [1, 1],
      [1, 1],
    ]);
  });

  test("who changes JSON inside changes what it says itself and nothing else", () => {
    expect(
      said(plugin("return [1];", "JSON.stringify = () => '[2]'; JSON.parse = () => { throw 1; };")),
    ).toEqual([1]);
  });

  test("what is no text for a host gets there as none: symbols, functions, cycles, big numbers", () => {
    expect(said(plugin("return [Symbol('x'), () => 1, undefined];"))).toEqual([null, null, null]);
    expect(() => said(plugin("const a = []; a.push(a); return a;"))).toThrow(BOUND);
    expect(() => said(plugin("return [1n];"))).toThrow(BOUND);
    expect(() => said(plugin("return Symbol.iterator;"))).toThrow("it gave no list of findings");
  });

  test("toJSON, Symbol.toPrimitive and proxies run inside, and are bounded there", () => {
    expect(() => said(plugin("return [{ toJSON() { for (;;); } }];"))).toThrow(BOUND);
    expect(() =>
      said(plugin("return { [Symbol.toPrimitive]() { throw 1; }, toJSON() { throw 1; } };")),
    ).toThrow(BOUND);
    expect(() => said(`export const plugin = new Proxy({}, { get() { for (;;); } });`)).toThrow(BOUND);
  });

  test("an error whose message is a trap is not looked at", () => {
    expect(() => said(plugin("throw { get message() { for (;;); }, get name() { for (;;); } };"))).toThrow(
      BOUND,
    );
    expect(() => said(plugin("throw new Error(text);"), "a secret")).toThrow(/^(?!.*secret)/);
  });
});

describe("bounds", () => {
  test.each([
    ["a loop", "for (;;);"],
    ["a loop that catches everything", "for (;;) { try { for (;;); } catch {} }"],
    ["a loop in a finally", "try { for (;;); } finally { for (;;); }"],
    ["a regular expression that tries for ever", `return [/(a+)+$/.test("a".repeat(60) + "b")];`],
    ["deep recursion", "const deep = () => deep() + 1; return [deep()];"],
    ["a text that grows", `let all = "x"; for (;;) all += all;`],
  ])("%s is ended", (_, body) => {
    expect(() => said(plugin(body))).toThrow(BOUND);
    expect(said(plugin("return [text];"))).toEqual(["hello"]);
  });

  test("a loop while it is loaded is ended", () => {
    expect(() => said("for (;;);")).toThrow(BOUND);
  });

  test("an answer that is too large is not read", () => {
    expect(() => said(plugin('return ["x".repeat(1e6)];'))).toThrow("it said more than is read");
  });

  test("a promise that never settles is no list, and nothing waits for it", () => {
    expect(said(plugin("return new Promise(() => {});"))).toEqual({});
    expect(() => said("await new Promise(() => {}); export const plugin = { look: () => [] };")).toThrow(
      "no `plugin`",
    );
  });
});

describe("in its thread", () => {
  const open: Sandboxed[] = [];
  afterAll(() => Promise.all(open.map(({ close }) => close())));
  const start = async (source: string, timeout_ms = 250): Promise<Sandboxed> => {
    const made = await sandboxed({ source, timeout_ms });
    open.push(made);
    return made;
  };
  const leaf = (text: string) => ({ text, field: { role: "text" as const } });
  const never = new AbortController().signal;

  test("it finds, in every way a text can be read", async () => {
    const finds = plugin(
      `const at = text.indexOf("mole"); return at < 0 ? [] : [{ class: "pii", kind: "codename", severity: "high", score: 0.9, from: at, until: at + 4, why: "a name" }];`,
      'import { definePlugin } from "portcullis/plugin";',
    );
    const { ask, card } = await start(finds);
    expect(card).toMatchObject({ name: "p", tier: "rewrite", broken: "stop" });
    const [plain, wide, none] = await ask([leaf("a mole"), leaf("ｍｏｌｅ"), leaf("a vole")], never);
    expect(plain).toEqual([
      expect.objectContaining({ guard: "p", kind: "codename", span: { from: 2, until: 6 } }),
    ]);
    expect(wide).toEqual([expect.objectContaining({ span: { from: 0, until: 4 } })]);
    expect(none).toEqual([]);
  });

  test("a loop inside the engine, which no deadline of the engine ends, ends with its thread; the next message has another", async () => {
    const { ask } = await start(
      plugin(`const all = []; while (text === "bomb") all.push(new Array(1e5).fill(1)); return [];`),
    );
    await expect(ask([leaf("bomb")], never)).rejects.toThrow(/bound|too long/);
    expect(await ask([leaf("calm")], never)).toEqual([[]]);
  });

  test("what it says is checked by the host", async () => {
    const { ask } = await start(plugin('return text === "a" ? "nothing to see" : [{ class: "secret" }];'));
    await expect(ask([leaf("a")], never)).rejects.toThrow("it gave no list of findings");
    await expect(ask([leaf("b")], never)).rejects.toThrow("a finding is none");
  });

  test("what is no plugin is not started", async () => {
    await expect(start("export const other = 1;")).rejects.toThrow("exports no `plugin`");
    const silent =
      'export const plugin = { name: "p", version: "1", tier: "rewrite", classes: ["pii"], look: () => [] };';
    await expect(start(silent)).rejects.toThrow("broken");
    await expect(start(`export const plugin = { ${CARD} };`)).rejects.toThrow("function look");
  });
});
