import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { compile } from "../policy/compile.ts";
import type { Config } from "./config.ts";
import { loadConfig } from "./load.ts";
import { readingOf } from "./policy-reading.ts";

const folder = mkdtempSync(join(tmpdir(), "preset-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
writeFileSync(join(folder, "p.yaml"), "rules: []\n");
for (const name of ["gate.pem", "gate.key"]) writeFileSync(join(folder, name), "");
const file = join(folder, "portcullis.yaml");

const TLS = { cert: "gate.pem", key: "gate.key" };
const KEYS = { api_keys: true };
const OAUTH = { oauth: { issuers: [{ issuer: "https://id.example" }] } };

function load(preset: string, more: object = {}, overrides = {}): Config {
  const own = { preset, policy: "p.yaml", mcpServers: { a: { command: "false" } }, auth: KEYS, ...more };
  writeFileSync(file, JSON.stringify(own));
  return loadConfig({ file, env: {}, overrides }).config;
}

/** What is wrong, and which key says so. */
function wrong(...given: Parameters<typeof load>): string {
  try {
    load(...given);
  } catch (error) {
    if (error instanceof Problems) return error.problems.map(({ message }) => message).join("\n");
    throw error;
  }
  return "";
}

describe.each([
  ["production", {}],
  ["high_security", { tls: TLS }],
])("%s", (preset, needs) => {
  test("needs nothing but a way in, and has everybody show who they are", () => {
    expect(load(preset, needs)).toMatchObject({ preset, mode: "enforce", auth: { mode: "required" } });
  });

  test("lets nobody in who is nobody", () => {
    expect(wrong(preset, { ...needs, auth: { mode: "none" } })).toContain("without showing who they are");
    expect(wrong(preset, { ...needs, auth: undefined })).toContain("nobody could show who they are");
  });

  test("only watches nowhere, by the file or by the command line", () => {
    expect(wrong(preset, { ...needs, mode: "observe" })).toContain("only watched");
    expect(wrong(preset, needs, { mode: "observe" })).toContain("only watched");
  });

  test("has guards run, and says in the records what a call was", () => {
    const { guarding, audit } = load(preset, needs);
    expect(guarding.profile).toBe(preset === "production" ? "standard" : "enterprise");
    expect(audit.detail).toBe("full");
    expect(wrong(preset, { ...needs, profile: "none" })).toContain("more guards run");
    expect(wrong(preset, { ...needs, profile: "basic" })).toContain("more guards run");
    expect(wrong(preset, { ...needs, audit: { detail: "summary" } })).toContain("records say");
  });

  test("takes no policy that allows what no rule speaks of", () => {
    const reading = readingOf(load(preset, needs));
    const under = (verdict: string) => () =>
      compile([{ file: "p", text: `defaults: { verdict: ${verdict} }\nrules: []\n` }], reading);
    expect(under("deny")).not.toThrow();
    expect(under("allow")).toThrow(Problems);
  });

  test("is not heard in the clear beyond this machine", () => {
    const auth = { mode: "required", ...KEYS };
    const listen = "0.0.0.0:8443";
    if (preset === "production") expect(wrong(preset, { listen, auth })).toContain("others could read");
    expect(wrong(preset, { listen, auth, tls: TLS })).toBe("");
  });
});

test("high_security is stricter than production in what it promises and sets", () => {
  const [production, high] = [load("production", { tls: TLS }), load("high_security", { tls: TLS })];
  const stricter = (
    [
      "body_bytes",
      "depth",
      "sessions",
      "session_idle_ms",
      "calls_per_session",
      "streams_per_session",
    ] as const
  ).filter((key) => high.limits[key] < production.limits[key]);
  expect(stricter).toHaveLength(6);
  expect(wrong("high_security")).toContain("nobody reads what goes to the gate");
  const dpop = { tls: TLS, auth: OAUTH };
  expect(load("high_security", dpop).auth).toMatchObject({ dpop: "required" });
  expect(load("production", dpop).auth).toMatchObject({ dpop: "accepted" });
  const accepted = { ...dpop, auth: { oauth: { ...OAUTH.oauth, dpop: "accepted" } } };
  expect(wrong("high_security", accepted)).toContain("bound to a key");
});

test("development promises nothing and changes nothing; what cannot be done is not promised", () => {
  expect(load("development", { auth: undefined })).toMatchObject({ auth: { mode: "none" } });
  expect(wrong("gdpr_focused")).toContain("promises consent and retention");
});

test("what a preset sets stands beneath the file, which may set limits of its own", () => {
  const { limits } = load("high_security", { tls: TLS, limits: { depth: 48 } });
  expect([limits.depth, limits.body_bytes]).toEqual([48, 1024 * 1024]);
});
