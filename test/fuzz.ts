/** Every file with a property test, with a seed never used before: `PROPERTY_SEED=N npm run fuzz` has a run again. */
import { spawnSync } from "node:child_process";
import { globSync, readFileSync } from "node:fs";
import { randomInt } from "node:crypto";

const seed = process.env["PROPERTY_SEED"] ?? String(randomInt(2 ** 31));
const files = globSync(["src/**/*.test.ts", "test/**/*.test.ts"]).filter((file) =>
  readFileSync(file, "utf8").includes('"fast-check"'),
);
console.log(`PROPERTY_SEED=${seed}: ${files.length} files`);
const { status } = spawnSync("vitest", ["run", ...files], {
  env: { ...process.env, PROPERTY_SEED: seed },
  stdio: "inherit",
});
process.exitCode = status ?? 1;
