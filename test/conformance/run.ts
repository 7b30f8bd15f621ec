// `npm run conformance`: the official suite against the fixture, then through an allow-all gate; any difference fails.
// `--direct` leaves the gate out. What the suites wrote stays in test/conformance/out.
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start, type Child } from "./child.ts";
import { differences, shortfall } from "./compare.ts";
import { gate } from "./gate.ts";
import { SUITES, run, type Outcome } from "./suite.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const OUT = here("out/same-era");
/** How many suites run at once. Different ones only: two runs of one suite would see each other's change notices. */
const AT_ONCE = 2;

async function runAll(label: string, url: string): Promise<readonly Outcome[]> {
  const outcomes: Outcome[] = [];
  for (let at = 0; at < SUITES.length; at += AT_ONCE) {
    const some = SUITES.slice(at, at + AT_ONCE);
    outcomes.push(
      ...(await Promise.all(
        some.map((suite) => run(suite, url, join(OUT, label, suite.name.replaceAll(" ", "-")))),
      )),
    );
  }
  return outcomes;
}

function report(label: string, outcomes: readonly Outcome[], found: readonly (readonly string[])[]): number {
  let wrong = 0;
  for (const [at, suite] of SUITES.entries()) {
    const outcome = outcomes[at];
    const lines = found[at] ?? [];
    if (outcome === undefined) continue;
    wrong += lines.length;
    const said = lines.length === 0 ? "same" : `${lines.length} differences`;
    console.log(
      `${suite.name.padEnd(28)}${label.padEnd(16)}${`${outcome.passed}/${outcome.failed}`.padEnd(10)}exit ${outcome.exit}  ${said}`,
    );
    for (const line of lines) console.log(`    ${line}`);
  }
  return wrong;
}

async function main(): Promise<number> {
  await rm(OUT, { recursive: true, force: true });
  const folder = await mkdtemp(join(tmpdir(), "portcullis-conformance-"));
  const children: Child[] = [];
  try {
    const fixture = await start([here("fixture.ts")]);
    children.push(fixture);
    console.log(`${"suite".padEnd(28)}${"address".padEnd(16)}passed/failed`);
    const direct = await runAll("direct", fixture.url);
    let wrong = report(
      "direct",
      direct,
      SUITES.map((suite, at) => (direct[at] === undefined ? [] : shortfall(suite, direct[at]))),
    );
    if (process.argv.includes("--direct")) return wrong;
    const front = await gate(fixture.url, folder);
    children.unshift(front);
    for (const path of ["/mcp", "/mcp/fixture"]) {
      const through = await runAll(path.replaceAll("/", "_"), new URL(path, front.url).href);
      const found = SUITES.map((_, at) =>
        direct[at] && through[at] ? differences(direct[at], through[at]) : [],
      );
      wrong += report(path, through, found);
    }
    if (wrong > 0 && front.errors() !== "") console.error(`The gate said:\n${front.errors().slice(-4000)}`);
    return wrong;
  } finally {
    for (const child of children) await child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

process.exitCode = (await main()) === 0 ? 0 : 1;
