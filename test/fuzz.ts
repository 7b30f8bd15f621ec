/** Every file with a property test, with a seed never used before: `PROPERTY_SEED=N npm run fuzz` has a run again. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { basename } from "node:path";
import { randomInt } from "node:crypto";

const seed = process.env["PROPERTY_SEED"] ?? String(randomInt(2 ** 31));
const has = (file: string, module: string): boolean => readFileSync(file, "utf8").includes(`${module}"`);
/** What test files have in common may be where the properties are. */
const shared = globSync(["src/**/*.ts", "test/**/*.ts"])
  .filter((file) => !file.endsWith(".test.ts") && has(file, '"fast-check'))
  .map((file) => `/${basename(file)}`);
const files = globSync(["src/**/*.test.ts", "test/**/*.test.ts"]).filter((file) =>
  ['"fast-check', ...shared].some((module) => has(file, module)),
);
console.log(`PROPERTY_SEED=${seed}: ${files.length} files`);
const { status } = spawnSync("vitest", ["run", ...files], {
  env: { ...process.env, PROPERTY_SEED: seed },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
