// `npm run conformance` too: the official suite of one era, through an allow-all gate, against a server that knows only the
// other era. What fails is written in across/*.yaml, each line with its reason; anything else that fails is an error, and
// so is a line that has nothing to expect any more.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start, type Child } from "./child.ts";
import { gate } from "./gate.ts";
import { SUITES, run } from "./suite.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const file = (name: string) => name.replaceAll(" ", "-");

/** The era of the suite's client, from what the suite is run with. */
const eraOf = (args: readonly string[]) => (args.includes("2026-07-28") ? "modern" : "legacy");

async function across(): Promise<number> {
  const out = here("out/across");
  await rm(out, { recursive: true, force: true });
  let wrong = 0;
  for (const suite of SUITES) {
    const server = eraOf(suite.args) === "modern" ? "legacy" : "modern";
    const folder = await mkdtemp(join(tmpdir(), "portcullis-across-"));
    const children: Child[] = [];
    try {
      const fixture = await start([here("fixture.ts"), "--era", server]);
      children.push(fixture);
      const front = await gate(fixture.url, folder);
      children.unshift(front);
      const expected = here(`across/${file(suite.name)}.yaml`);
      const url = new URL("/mcp", front.url).href;
      const { exit, passed, failed, said } = await run(suite, url, join(out, file(suite.name)), [
        "--expected-failures",
        expected,
      ]);
      console.log(
        `${suite.name.padEnd(28)}${`${server}-only server`.padEnd(22)}${`${passed}/${failed}`.padEnd(10)}exit ${exit}`,
      );
      if (exit === 0) continue;
      wrong++;
      console.log(said.slice(said.lastIndexOf("=== SUMMARY")).slice(-6000));
      if (front.errors() !== "") console.error(`The gate said:\n${front.errors().slice(-4000)}`);
    } finally {
      for (const child of children) await child.stop();
      await rm(folder, { recursive: true, force: true });
    }
  }
  return wrong;
}

process.exitCode = (await across()) === 0 ? 0 : 1;
