import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { loadConfig } from "./load.ts";
import type { Plugin } from "./plugins.ts";

const folder = mkdtempSync(join(tmpdir(), "plugins-"));
afterAll(() => rmSync(folder, { recursive: true }));
const file = join(folder, "portcullis.yaml");
writeFileSync(join(folder, "own.js"), "export const plugin = {};");

function plugins(text: string): readonly Plugin[] {
  writeFileSync(file, `version: 1\nmode: observe\nplugins: ${text}\n`);
  return loadConfig({ file, cwd: folder, env: { KEY: "k1" } }).config.plugins;
}

test("plugins come in the order of the file, with what is built in", () => {
  expect(
    plugins("{ b: { kind: sandbox, file: own.js }, a: { kind: module, file: own.js, action: warn } }"),
  ).toEqual([
    expect.objectContaining({ name: "b", kind: "sandbox", file: join(folder, "own.js"), timeout_ms: 250 }),
    expect.objectContaining({
      name: "a",
      kind: "module",
      action: "warn",
      timeout_ms: 1000,
      broken: undefined,
    }),
  ]);
  expect(
    plugins(
      '{ p: { kind: presidio, url: "https://p.example", broken: pass, headers: { X-Key: "${KEY}" } } }',
    ),
  ).toEqual([
    expect.objectContaining({ headers: { "X-Key": "k1" }, language: "en", tier: "rewrite", broken: "pass" }),
  ]);
});

test("what is particular to a kind has what is built in", () => {
  const asked = (more: string) => plugins(`{ p: { url: "https://p.example", broken: stop, ${more} } }`)[0];
  expect(asked("kind: llm_guard")).toMatchObject({ endpoint: "analyze", suppress: [], tier: "rewrite" });
  expect(asked("kind: lakera, project: p1")).toMatchObject({ project: "p1", tier: "rewrite" });
  expect(asked("kind: open_appsec")).toMatchObject({ status: 403, tier: "tighten", timeout_ms: 1000 });
  expect(asked("kind: interceptors, tier: observe")).toMatchObject({ tier: "observe" });
  const flags = "flags: { BAD: prompt_injection }";
  expect(asked(`kind: tei, ${flags}`)).toMatchObject({ tier: "tighten", flags: { BAD: "prompt_injection" } });
  expect(asked(`kind: kserve, model: m, ${flags}`)).toMatchObject({ input: "text", columns: [] });
});

test("one that is off does not run, and is checked all the same", () => {
  expect(plugins("{ a: { kind: sandbox, file: own.js, action: off } }")).toEqual([]);
  expect(() => plugins("{ a: { kind: sandbox, file: none.js, action: off } }")).toThrow("is no file");
});

test.each([
  ["{ secrets: { kind: module, file: own.js } }", "is the name of a built-in guard"],
  ["{ A: { kind: module, file: own.js } }", "small letters"],
  ["{ a: { kind: module, file: none.js } }", "is no file"],
  ["{ a: { kind: module, file: . } }", "is no file"],
  [
    "{ a: { kind: native, file: own.js } }",
    "module, sandbox, onnx, http, presidio, llm_guard, lakera, open_appsec, interceptors, tei, kserve",
  ],
  ['{ a: { kind: http, url: "https://x.example" } }', "broken"],
  ["{ a: { kind: onnx, folder: none, broken: stop, flags: { BAD: secret } } }", "is no folder"],
  [
    '{ a: { kind: tei, url: "https://x.example", broken: stop, flags: { BAD: boredom } } }',
    "prompt_injection",
  ],
  ['{ a: { kind: kserve, url: "https://x.example", broken: stop, flags: {}, model: m } }', "1 to 100 labels"],
  ['{ a: { kind: http, url: "ftp://x.example", broken: stop } }', "is no https:// address"],
  ['{ a: { kind: http, url: "https://u:p@x.example", broken: stop } }', "is not sent"],
])("%s is refused", (text, why) => {
  expect(() => plugins(text)).toThrow(why);
});
