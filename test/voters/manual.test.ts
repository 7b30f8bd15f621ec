import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { parse } from "yaml";
import { configSchema } from "../../src/config/schema.ts";
import { callOf, said, wordOf } from "./asked.ts";
import { example } from "./manual.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-manual-"));
afterAll(() => rmSync(folder, { recursive: true }));

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
