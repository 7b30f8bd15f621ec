import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { schemas } from "../../scripts/schemas.ts";

test.each(Object.entries(schemas()))("%s is what `node scripts/schemas.ts` writes", (name, text) => {
  expect(readFileSync(new URL(`../../${name}`, import.meta.url), "utf8")).toBe(text);
});
