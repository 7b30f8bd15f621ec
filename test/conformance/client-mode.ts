// `npm run conformance` too: the suite's client mode, once with a client that goes to the scenario's server and once with the
// same client through a gate that is configured with its address. What differs is written in client-mode.yaml, with its reason.
import { mkdir, readFile, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "yaml";
import { z } from "zod";
import { checksIn, command, type Check, type Release } from "./suite.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const OUT = here("out/client-mode");
/** Scenarios without authorization, and how many checks each makes of the client when no gate stands between. */
const STABLE = { initialize: 1, tools_call: 1, "elicitation-sep1034-client-defaults": 5, "sse-retry": 3 };
const BOTH = { tools_call: 2, "json-schema-2020-12-preservation": 9 };
/** A scenario runs on the wire of one revision. */
const NEXT: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  "2025-11-25": { initialize: 1, "elicitation-sep1034-client-defaults": 5, "sse-retry": 3, ...BOTH },
  "2026-07-28": {
    "request-metadata": 8,
    "sep-2322-client-request-state": 5,
    "http-standard-headers": 11,
    "http-custom-headers": 18,
    "http-invalid-tool-headers": 12,
    "json-schema-ref-no-deref": 1,
    ...BOTH,
  },
};
/** Without the run that no gate takes part in: what the suite makes of the client alone changes with their releases only. */
const GATE_ONLY = process.argv.includes("--gate-only");

/** A warning that the client came back late, which is the machine's doing: the suite itself calls it acceptable. */
const LATE = "client-sse-retry-timing";
/** Scenarios that run at once: each waits more than it works. */
const AT_ONCE = 3;

interface Scenario {
  readonly release: Release;
  readonly name: string;
  readonly revision: string;
  /** How many checks the suite makes. */
  readonly checks: number;
}
const scenarios = (
  release: Release,
  revision: string,
  named: Readonly<Record<string, number>>,
): readonly Scenario[] =>
  Object.entries(named).map(([name, checks]) => ({ release, name, revision, checks }));
const ALL: readonly Scenario[] = [
  ...scenarios("conformance-stable", "2025-11-25", STABLE),
  ...Object.entries(NEXT).flatMap(([revision, named]) => scenarios("conformance-next", revision, named)),
];
const EXPECTED = z.array(
  z.strictObject({ scenario: z.string(), check: z.string(), why: z.string().min(20) }),
);

interface Ran {
  readonly checks: readonly Check[];
  readonly said: string;
}

async function ran({ release, name, revision }: Scenario, how: "direct" | "gate"): Promise<Ran> {
  const out = join(OUT, how, release, revision, name);
  await mkdir(out, { recursive: true });
  const client = `${process.execPath} ${here("through.ts")} ${how}`;
  const words = ["client", "--command", client, "--scenario", name, "--spec-version", revision, "-o", out];
  const { said } = await command(release, words, here("loopback.cjs"));
  // Messages that it noted are no checks, and there are more or fewer of them as time goes.
  const noted = [...(await checksIn(out)).values()].flat();
  return { checks: noted.filter(({ status }) => status !== "INFO"), said };
}

/** The checks that are not as they should be, by id. */
const wrong = ({ checks }: Ran): ReadonlyMap<string, string> =>
  new Map(
    checks
      .filter(({ id, status }) => status === "FAILURE" || (status === "WARNING" && id !== LATE))
      .map(({ id, status, errorMessage = "" }) => [id, `${id} ${status} ${errorMessage.slice(0, 400)}`]),
  );

type Expected = z.output<typeof EXPECTED>;

/** What the suite makes of the client without a gate that it should not. */
async function directly(scenario: Scenario): Promise<readonly string[]> {
  const direct = await ran(scenario, "direct");
  const found = [...wrong(direct).values()];
  const { length } = direct.checks;
  return length === scenario.checks ? found : [...found, `${length} checks instead of ${scenario.checks}`];
}

/** What one scenario shows that is not expected, and what is expected that it does not show. */
async function compared(scenario: Scenario, expected: Expected): Promise<readonly string[]> {
  const title = `${scenario.name} ${scenario.revision}`;
  const direct = GATE_ONLY ? [] : await directly(scenario);
  const gate = await ran(scenario, "gate");
  console.log(
    `${scenario.release.padEnd(20)}${title.padEnd(50)}${gate.checks.length} checks, ${wrong(gate).size} differ`,
  );
  const awaited = expected.filter((entry) => entry.scenario === title).map(({ check }) => check);
  const found = direct.map((line) => `without the gate: ${line}`);
  for (const [id, line] of wrong(gate)) if (!awaited.includes(id)) found.push(line);
  for (const check of awaited)
    if (!wrong(gate).has(check)) found.push(`${check} is expected to fail and does not`);
  if (gate.checks.length < scenario.checks)
    found.push(`${gate.checks.length} checks instead of ${scenario.checks}\n${gate.said.slice(-2000)}`);
  return found.map((line) => `${title}: ${line}`);
}

async function main(): Promise<number> {
  await rm(OUT, { recursive: true, force: true });
  const expected = EXPECTED.parse(parse(await readFile(here("client-mode.yaml"), "utf8")));
  const found: string[] = [];
  const left = [...ALL];
  const lane = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift())
      found.push(...(await compared(next, expected)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, lane));
  for (const line of found) console.log(line);
  return found.length;
}

process.exitCode = (await main()) === 0 ? 0 : 1;
