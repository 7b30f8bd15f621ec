import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { loadConfig } from "./load.ts";

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "tenants-config-"));
  for (const name of ["policy", "acme"]) mkdirSync(join(folder, name));
  for (const file of ["policy/main.yaml", "acme/rules.yaml"])
    writeFileSync(join(folder, file), "rules: []\n");
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const SERVERS = { files: { command: "files" }, weather: { url: "https://weather.example/mcp" } };
const AUTH = { mode: "required", api_keys: true };

function load(tenants: unknown, more: object = {}) {
  writeFileSync(
    join(folder, "portcullis.yaml"),
    JSON.stringify({ mcpServers: SERVERS, auth: AUTH, ...(tenants !== undefined && { tenants }), ...more }),
  );
  return loadConfig({ file: join(folder, "portcullis.yaml"), env: { TOKEN: "hunter2hunter2" } }).config
    .tenants;
}

function problems(tenants: unknown, more: object = {}): readonly string[] {
  try {
    load(tenants, more);
  } catch (error) {
    if (error instanceof Problems) return error.problems.map(({ message }) => message);
    throw error;
  }
  return [];
}

test("without a word of tenants whichever a credential names is there", () => {
  expect(load(undefined)).toEqual({ enabled: false, strict: false, declared: [] });
  expect(load({})).toEqual({ enabled: true, strict: false, declared: [] });
  expect(load({ isolation: "strict" })).toMatchObject({ enabled: true, strict: true });
  expect(load({ enabled: false })).toMatchObject({ enabled: false });
});

test("what is declared is read, with what is above it", () => {
  const { declared } = load({
    acme: { kind: "org", policy: "acme/", servers: ["fi*|weather"], share: 3 },
    "acme.sales": {
      parent: "acme",
      name: "Sales",
      // oxlint-disable-next-line no-template-curly-in-string -- a reference of the configuration
      env: { files: { TOKEN: "${TOKEN}" } },
    },
  });
  expect(declared).toMatchObject([
    {
      id: "acme",
      kind: "org",
      parent: "",
      policy: [join(folder, "acme")],
      servers: ["fi*", "weather"],
      share: 3,
    },
    {
      id: "acme.sales",
      kind: "tenant",
      parent: "acme",
      name: "Sales",
      servers: undefined,
      env: { files: { TOKEN: "hunter2hunter2" } },
      secrets: ["hunter2hunter2"],
    },
  ]);
});

test.each([
  ["a policy that is not there", { acme: { policy: "nowhere/" } }, "nowhere"],
  ["a server that is not there", { acme: { servers: ["db"] } }, "no server has such a name"],
  ["an environment for none", { acme: { env: { db: { A: "b" } } } }, "there is no such server"],
  ["an environment for an address", { acme: { env: { weather: { A: "b" } } } }, "has no process"],
  ["a parent that is not there", { acme: { parent: "org" } }, "org is not declared here"],
  ["a parent that is no wider", { a: {}, b: { parent: "a" } }, "a tenant is not below a tenant"],
  ["a ring", { a: { parent: "b" }, b: { parent: "a" } }, "a tenant is not below a tenant"],
  ["a name that credentials cannot have", { "a/b": {} }, "up to 64 letters"],
  ["what has no effect", { enabled: false, acme: {} }, "has no effect"],
  ["a word that means nothing", { acme: { polcy: "acme/" } }, "polcy"],
  ["a key that is no tenant", { isolaton: "strict" }, "isolaton"],
])("%s is said", (_, tenants, said) => {
  expect(problems(tenants).join("\n")).toContain(said);
});

test("strict isolation needs somebody to name tenants", () => {
  expect(problems({ isolation: "strict" }, { auth: { mode: "none" } }).join()).toContain(
    "without authentication nobody names a tenant",
  );
});
