import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-voters-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "policy"));
mkdirSync(join(folder, "cedar"));
writeFileSync(join(folder, "bundle.tar.gz"), "");

/** The configuration with these voters, as lines of YAML, after two servers. */
function load(voters: string, env: Readonly<Record<string, string>> = {}): Config {
  const servers = "mcpServers: { files: { command: cat }, web-search: { command: cat } }";
  writeFileSync(join(folder, "portcullis.yaml"), `version: 1\n${servers}\nvoters:\n${voters}\n`);
  return loadConfig({ file: join(folder, "portcullis.yaml"), cwd: folder, env }).config;
}

function problems(voters: string): readonly string[] {
  try {
    load(voters);
    return [];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(
      ({ line, message, hint }) => `${line - 3} ${message}${hint === undefined ? "" : ` (${hint})`}`,
    );
  }
}

test("voters are read in the order of the file, with what is built in", () => {
  const { voters } = load(
    `  opa: { kind: opa, url: "\${OPA}/v1/data/mcp/allow", match: { server: "files|web_*" } }
  rego: { kind: opa-wasm, bundle: bundle.tar.gz, entrypoint: mcp/allow, timeout_ms: 50 }
  cedar: { kind: cedar, policies: cedar/ }`,
    { OPA: "http://127.0.0.1:8181" },
  );
  expect(voters).toEqual([
    {
      kind: "opa",
      name: "opa",
      match: { server: ["files", "web_*"] },
      url: "http://127.0.0.1:8181/v1/data/mcp/allow",
      timeout_ms: 500,
      cache_s: 0,
      unreachable: "deny",
    },
    {
      kind: "opa-wasm",
      name: "rego",
      match: {},
      bundle: join(folder, "bundle.tar.gz"),
      entrypoint: "mcp/allow",
      timeout_ms: 50,
    },
    {
      kind: "cedar",
      name: "cedar",
      match: {},
      policies: join(folder, "cedar"),
      schema: undefined,
      entities: undefined,
    },
  ]);
});

test("without voters there are none", () => {
  expect(load("  {}").voters).toEqual([]);
});

test.each<[string, string, RegExp]>([
  [
    "a kind that is none",
    "  a: { kind: rego, url: x }",
    /^1 voters\.a\.kind: is one of opa, opa-wasm and cedar/,
  ],
  ["no kind", "  a: { url: x }", /^1 voters\.a: `kind` is missing/],
  [
    "a key of another kind",
    "  a: { kind: cedar, policies: cedar, cache_s: 1 }",
    /^1 voters\.a\.cache_s: unknown key/,
  ],
  [
    "a URL of another protocol",
    "  a: { kind: opa, url: 'file:///v1/data/x' }",
    /^1 voters\.a\.url: is no address of an OPA server/,
  ],
  ["no URL at all", "  a: { kind: opa, url: opa }", /^1 voters\.a\.url: is no address/],
  [
    "a password in it",
    "  a: { kind: opa, url: 'http://u:p@h/v1/data/x' }",
    /^1 voters\.a\.url: holds a name or password/,
  ],
  [
    "another address of OPA",
    "  a: { kind: opa, url: 'http://h/v1/policies' }",
    /^1 voters\.a\.url: does not name a decision/,
  ],
  [
    "a folder that is not there",
    "  a: { kind: cedar, policies: nope }",
    /^1 voters\.a\.policies: .*nope does not exist/,
  ],
  [
    "a bundle that is not there",
    "  a: { kind: opa-wasm, bundle: nope, entrypoint: x }",
    /^1 voters\.a\.bundle: .*nope does not exist/,
  ],
  [
    "a server that is none",
    "  a: { kind: cedar, policies: cedar, match: { server: fles } }",
    /^1 voters\.a\.match\.server: no server is called "fles", so it is never asked \(did you mean "files"\?\)/,
  ],
  [
    "a method that is never judged",
    "  a: { kind: cedar, policies: cedar, match: { method: tools/list } }",
    /^1 voters\.a\.match\.method: .*never judged, so it is never asked/,
  ],
  [
    "an empty alternative",
    '  a: { kind: cedar, policies: cedar, match: { tool: "a|" } }',
    /^1 voters\.a\.match\.tool: an alternative is empty/,
  ],
  [
    "a timeout that is none",
    "  a: { kind: opa, url: 'http://h/v1/data/x', timeout_ms: 1 }",
    /^1 voters\.a\.timeout_ms: /,
  ],
  [
    "a name that is none",
    "  'a b': { kind: cedar, policies: cedar }",
    /^1 voters\.a b: a voter's name is up to 64 letters/,
  ],
])("%s is refused, with its line", (_, voters, expected) => {
  expect(problems(voters)).toEqual([expect.stringMatching(expected)]);
});
