import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import type { Guarding } from "../call/guard.ts";
import { Problems } from "../document/problem.ts";
import { loadConfig } from "./load.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-guards-"));
afterAll(() => rmSync(folder, { recursive: true }));
mkdirSync(join(folder, "policy"));

function guarding(text: string, env: Readonly<Record<string, string>> = {}): Guarding {
  const file = join(folder, "portcullis.yaml");
  writeFileSync(file, `version: 1\n${text}\n`);
  return loadConfig({ file, cwd: folder, env }).config.guarding;
}

function problems(text: string): string {
  try {
    guarding(text);
    return "";
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ message }) => message).join("\n");
  }
}

test("a gate with a file has the profile standard, and one without has none", () => {
  expect(guarding("")).toEqual({ profile: "standard", guards: {} });
  expect(loadConfig({ file: undefined, cwd: folder, env: {} }).config.guarding.profile).toBe("none");
});

test("guards that are listed are all that run where no profile is named, else how they differ from it", () => {
  expect(guarding("guards: { sql: {}, pii: { action: mask, threshold: 0.9 } }")).toEqual({
    profile: "none",
    guards: { sql: {}, pii: { action: "mask", threshold: 0.9 } },
  });
  expect(guarding("profile: basic\nguards: { url: { action: off } }")).toEqual({
    profile: "basic",
    guards: { url: { action: "off" } },
  });
  expect(guarding("", { PORTCULLIS_PROFILE: "none" }).profile).toBe("none");
});

test("somebody's own patterns take the place of the shipped ones", () => {
  expect(guarding("guards: { patterns: { blocked: ['drop\\s+table'] } }")).toEqual({
    profile: "none",
    guards: { patterns: {} },
    blocked_patterns: [String.raw`drop\s+table`],
  });
});

test("the plugin names of MCP Guardian stand for what runs here, and it is said what that is", () => {
  const file = join(folder, "portcullis.yaml");
  const loaded = (guards: string) => {
    writeFileSync(file, `version: 1\nguards: ${guards}\n`);
    const { config, notes } = loadConfig({ file, cwd: folder, env: {} });
    return { guards: config.guarding.guards, notes: notes.map(({ message }) => message).join("\n") };
  };
  const block = { action: "block", threshold: 0.7 };
  const core = loaded(
    "{ cyberpig_ai: { action: block, threshold: 0.7 }, open_appsec: {}, pii: {}, presidio_dlp: { action: mask } }",
  );
  expect(core.guards).toEqual({
    secrets: block,
    "prompt-injection": {},
    command: {},
    sql: {},
    path: {},
    url: {},
    pii: {},
  });
  expect(core.notes).toContain("guards.cyberpig_ai: MCP Guardian's name: this gate's own secrets");
  expect(core.notes).toContain("to ask the product itself, write a plugin of kind open_appsec");
  const others = loaded(
    "{ garak_scanner: {}, mcp_security_policy_engine: {}, mcp_security_attack_simulator: { action: off } }",
  );
  expect(others.guards).toEqual({});
  expect(others.notes).toBe(
    "guards.mcp_security_policy_engine: MCP Guardian's name: the policy judges each call\n" +
      "guards.garak_scanner: MCP Guardian's name: nothing runs under it in this version",
  );
});

test.each([
  ["{ garak_scanner: { action: block } }", "guards.garak_scanner.action"],
  ["{ mcp_security_middleware: { action: off } }", "cannot be switched off"],
  [
    "{ open_appsec: { action: warn }, llm_guard: { action: block } }",
    "guards.llm_guard: sets the guard prompt-injection otherwise than another of these names",
  ],
  ["{ openappsec: {} }", "guards.openappsec: unknown key"],
])("what a name of MCP Guardian cannot mean is refused: %s", (guards, why) => {
  expect(problems(`guards: ${guards}`)).toContain(why);
});

test("what is wrong is said", () => {
  expect(problems("profile: strict")).toContain("basic, standard, enterprise, none");
  expect(problems("guards: { sequel: {} }")).toContain("sequel");
  expect(problems("guards: { sql: { threshold: 0.5 } }")).toContain(
    "guards.sql.threshold: nothing is done from there on",
  );
  expect(problems("guards: { patterns: { blocked: ['(?=x)'] } }")).toContain(
    "invalid or unsupported Perl syntax",
  );
  expect(problems("mcpServers: { a: { command: x, entitled: [shoes] } }")).toContain("shoes");
});
