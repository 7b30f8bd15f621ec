import { mkdirSync, writeFileSync } from "node:fs";
import { z } from "zod";
import { configSchema } from "../src/config/schema.ts";
import { policySchema } from "../src/policy/schema.ts";

/** The JSON Schemas that editors read, by file name, from the same source that the loaders check with. */
export function schemas(): Readonly<Record<string, string>> {
  return { "portcullis.schema.json": text(configSchema), "policy.schema.json": text(policySchema) };
}

function text(schema: z.ZodType): string {
  // Editors read draft 7 everywhere, 2020-12 only in places.
  return `${JSON.stringify(z.toJSONSchema(schema, { target: "draft-7", io: "input", unrepresentable: "any" }), undefined, 2)}\n`;
}

if (import.meta.main) {
  mkdirSync("schema", { recursive: true });
  for (const [name, content] of Object.entries(schemas())) writeFileSync(`schema/${name}`, content);
}
