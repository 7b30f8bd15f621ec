import { mkdirSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { configSchema } from "../src/config/schema.ts";
import { policySchema } from "../src/policy/schema.ts";
import { apiPage } from "./api.ts";
import { configurationPage } from "./configuration.ts";

/** The JSON Schemas that editors read, and the page that people read, from the same source that the loaders check with. */
export function schemas(): Readonly<Record<string, string>> {
  const configuration = text(configSchema);
  return {
    "schema/portcullis.schema.json": configuration,
    "schema/policy.schema.json": text(policySchema),
    "docs/API.md": apiPage(),
    "docs/CONFIGURATION.md": configurationPage(configuration),
  };
}

function text(schema: z.ZodType): string {
  // Editors read draft 7 everywhere, 2020-12 only in places.
  return `${JSON.stringify(z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" }), undefined, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync("schema", { recursive: true });
  for (const [name, content] of Object.entries(schemas())) writeFileSync(name, content);
}
