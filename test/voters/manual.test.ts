import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/config/schema.ts";
import { callOf, said, wordOf } from "./asked.ts";
import { NO_OPA, opaProgram, startOpa } from "./opa-server.ts";

const manual = readFileSync(new URL("../../docs/POLICY.md", import.meta.url), "utf8");
const folder = mkdtempSync(join(tmpdir(), "portcullis-manual-"));
afterAll(() => rmSync(folder, { recursive: true }));

/** The example in that language. */
function example(language: string): string {
  const text = new RegExp(`^\`\`\`${language}\\n([^]*?)^\`\`\`$`, "m").exec(manual)?.[1];
  if (text === undefined) throw new Error(`the manual has no example: ${language}`);
  return text;
}

function file(name: string, text: string): string {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const deploy = (env: string, ...roles: readonly string[]) =>
  callOf({
    server: "cloud",
    target: { kind: "tool", name: "deploy" },
    args: { env },
    principal: { ...callOf().principal, roles },
  });

test("the configuration of the manual is one", () => {
  expect(configSchema.parse(parse(example("yaml configuration")))).toHaveProperty(
    "voters.cedar.kind",
    "cedar",
  );
});

test("the Cedar example fits the schema beside it and decides as the manual says", async () => {
  const policies = file("main.cedar", example("cedar example"));
  const schema = file("mcp.cedarschema", example("cedarschema example"));
  const voter = { kind: "cedar", name: "cedar", match: {}, policies, schema, entities: undefined } as const;
  const all = await said(
    voter,
    deploy("staging"),
    deploy("production"),
    deploy("production", "operator"),
    callOf(),
  );
  expect(all.map(wordOf)).toEqual(["allow", "deny", "allow", "allow"]);
  expect(all[1]?.refusal?.why).toBe("Production is deployed by operators.");
});

test.skipIf(NO_OPA !== undefined)(
  "the Rego example decides as the manual says, asked of the real OPA server",
  async () => {
    const opa = await startOpa(await opaProgram(), file("policy.rego", example("rego example")));
    try {
      const url = `${opa.url}/v1/data/mcp/decision`;
      const usual = { match: {}, timeout_ms: 10_000, cache_s: 0, unreachable: "deny" } as const;
      const voter = { kind: "opa", name: "opa", url, ...usual } as const;
      const all = await said(voter, callOf(), deploy("production"), deploy("production", "operator"));
      expect(all.map(wordOf)).toEqual(["allow", "deny", "allow"]);
      expect(all[1]?.refusal?.why).toBe("Only operators may deploy.");
    } finally {
      await opa.stop();
    }
  },
  900_000,
);
