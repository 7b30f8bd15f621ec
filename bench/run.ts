// `npm run bench`: direct, a plain proxy and the gate, in turn within one run. Writes bench/results.md and results.json.
// `--baselines` leaves the gate out and writes nothing.
import { rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start, type Child } from "../test/conformance/child.ts";
import { authorized } from "./authorize.ts";
import { decisions } from "./decisions.ts";
import { disk } from "./disk.ts";
import { gate, scratch } from "./gate.ts";
import { generator } from "./generator.ts";
import { goals, type Results } from "./goals.ts";
import { guardCost } from "./guards.ts";
import { closedLoop, openLoop, type Target } from "./http.ts";
import { limitSteps } from "./limits.ts";
import { logged, loggedPostgres } from "./log.ts";
import { crowded } from "./tenants.ts";
import { identified } from "./identity.ts";
import { machine, report } from "./report.ts";
import { replayed } from "./replay.ts";
import { sealing } from "./sealing.ts";
import { scale, sessions } from "./scale.ts";
import { voterCosts } from "./voters.ts";
import { wrapped } from "./wrap.ts";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));
const ERAS = ["legacy", "modern"] as const;
const TOOLS = Array.from({ length: 10 }, (_, at) => `echo_${at}`);
const SESSIONS = 1000;
const CLOSED = { rounds: 5, calls: 6000, connections: 16 };
const OPEN = { rounds: 3, calls: 500, per_second: 200 };
const SCALE = { rounds: 4, calls: 4000 };
const REPLAY = [10_000, 100_000];
const RECORDS = 200_000;
const WRAP = { rounds: 4, calls: 400, starts: 7 };

const OTHER = { legacy: "modern", modern: "legacy" } as const;
const ofOneEra = (upstream: string) =>
  Object.fromEntries(ERAS.map((era) => [era, new URL(`/${era}/mcp`, upstream).href]));

const say = (what: string) =>
  console.error(`${(performance.now() / 1000).toFixed(0).padStart(4)} s  ${what}`);

async function measure(folder: string, children: Child[], withGate: boolean): Promise<Results> {
  const started = async (child: Promise<Child>) => {
    const ready = await child;
    children.unshift(ready);
    return ready;
  };
  const upstream = await started(start([here("upstream.ts")]));
  const plain = await started(start([here("plain.ts"), upstream.url]));
  const front = withGate ? await started(gate(folder, { bench: upstream.url })) : undefined;
  const guarded = withGate
    ? await started(gate(join(folder, "guarded"), { bench: upstream.url }, [], "standard"))
    : undefined;
  const fronts = [
    { name: "direct", pid: upstream.pid, url: upstream.url },
    { name: "plain", pid: plain.pid, url: plain.url },
    ...(front === undefined
      ? []
      : [
          { name: "gate", pid: front.pid, url: new URL("/mcp", front.url).href },
          ...(guarded === undefined
            ? []
            : [{ name: "gate, guards", pid: guarded.pid, url: new URL("/mcp", guarded.url).href }]),
          { name: "gate, /mcp/bench", pid: front.pid, url: new URL("/mcp/bench", front.url).href },
        ]),
  ];
  const between = withGate ? await started(gate(join(folder, "eras"), ofOneEra(upstream.url))) : undefined;
  const targets: readonly Target[] = ERAS.flatMap((era) => [
    ...fronts.map(({ name, pid, url }) => ({ name, pid, peer: { url, era, tools: TOOLS } })),
    ...(between === undefined
      ? []
      : [
          {
            name: "gate, server of the other era",
            pid: between.pid,
            peer: { url: new URL(`/mcp/${OTHER[era]}`, between.url).href, era, tools: TOOLS },
          },
        ]),
  ]);
  const load = generator();
  try {
    say("closed loop");
    const closed = await closedLoop(targets, load, CLOSED);
    say("open loop");
    const open = [];
    for (const era of ERAS) {
      const some = targets.filter(({ name, peer }) => peer.era === era && !name.includes(","));
      open.push(...(await openLoop(some, load, OPEN)));
    }
    say("disk");
    const waits = await disk(folder);
    if (!withGate) return { closed, open, disk: waits };
    await front?.stop();
    await guarded?.stop();
    await between?.stop();
    say("sessions");
    const held = await sessions(upstream.url, folder, load, SESSIONS);
    say("scale");
    const scaled = await scale(upstream.url, folder, load, SCALE);
    say("wrap");
    const wrap = await wrapped(folder, WRAP);
    say("decisions");
    const decided = decisions();
    say("identity");
    const known = await identified();
    say("authorize");
    const asked = await authorized(join(folder, "authorize"));
    say("replay");
    const replay = [];
    for (const calls of REPLAY) replay.push(await replayed(folder, calls));
    say("voters");
    const voters = await voterCosts(folder);
    say("limits");
    const limited = await limitSteps(folder);
    const sealed = sealing();
    say("guards");
    const guards = guardCost();
    say("log");
    const log = await logged(folder, RECORDS);
    const logged_postgres_us = await loggedPostgres(RECORDS / 4);
    say("tenants");
    const beside = await crowded(join(folder, "tenants"), upstream.url, TOOLS);
    return {
      closed,
      open,
      disk: waits,
      sessions: held,
      scale: scaled,
      wrap,
      decided,
      authorized: asked,
      identified: known,
      replay,
      voters,
      limited,
      sealed,
      logged: log,
      logged_postgres_us,
      crowded: beside,
      guards,
    };
  } finally {
    load.stop();
  }
}

async function main(): Promise<void> {
  const withGate = !process.argv.includes("--baselines");
  const folder = await scratch();
  const children: Child[] = [];
  try {
    const results = await measure(folder, children, withGate);
    const text = report(results);
    console.log(text);
    if (!withGate) return;
    await writeFile(here("results.md"), text);
    await writeFile(
      here("results.json"),
      `${JSON.stringify({ machine: machine(), goals: goals(results), ...results }, null, 2)}\n`,
    );
  } finally {
    for (const child of children) await child.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

await main();
