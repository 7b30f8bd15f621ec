// Where the gate's time goes: functions by self time under the closed loop. `node bench/profile.ts [legacy|modern] [/mcp/bench]`.
import { readFile, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { start } from "../test/conformance/child.ts";
import { gate, scratch } from "./gate.ts";
import { generator } from "./generator.ts";

const CALLS = 30_000;
const SHOWN = 45;

const PROFILE = z.object({
  nodes: z.array(
    z.object({
      id: z.number(),
      callFrame: z.object({ functionName: z.string(), url: z.string(), lineNumber: z.number() }),
    }),
  ),
  samples: z.array(z.number()),
  timeDeltas: z.array(z.number()),
});

/** Self time in µs by function and place. */
function selfTimes({ nodes, samples, timeDeltas }: z.infer<typeof PROFILE>): ReadonlyMap<string, number> {
  const names = new Map(
    nodes.map(({ id, callFrame: { functionName, url, lineNumber } }) => {
      const place = url.replace(/^.*\/(dist|node_modules)\//, "").replace(/^node:/, "node:");
      return [id, `${functionName === "" ? "(anonymous)" : functionName}  ${place}:${lineNumber + 1}`];
    }),
  );
  const times = new Map<string, number>();
  for (const [at, id] of samples.entries()) {
    const name = names.get(id) ?? "?";
    times.set(name, (times.get(name) ?? 0) + (timeDeltas[at] ?? 0));
  }
  return times;
}

function print(title: string, times: ReadonlyMap<string, number>): void {
  const busy = [...times].filter(([name]) => !name.startsWith("(idle)") && !name.startsWith("(program)"));
  const all = busy.reduce((sum, [, us]) => sum + us, 0);
  console.log(`\n${title}: ${(all / CALLS).toFixed(1)} µs a call in JavaScript and what it calls`);
  for (const [name, us] of busy.toSorted(([, a], [, b]) => b - a).slice(0, SHOWN)) {
    console.log(
      `${(us / CALLS).toFixed(2).padStart(8)} µs ${((us / all) * 100).toFixed(1).padStart(5)} %  ${name}`,
    );
  }
}

const folder = await scratch();
const era = process.argv.includes("legacy") ? "legacy" : "modern";
const path = process.argv.find((word) => word.startsWith("/mcp")) ?? "/mcp";
const upstream = await start([fileURLToPath(new URL("upstream.ts", import.meta.url))]);
const load = generator();
try {
  const front = await gate(folder, { bench: upstream.url }, [
    "--cpu-prof",
    `--cpu-prof-dir=${join(folder, "profiles")}`,
  ]);
  const tools = Array.from({ length: 10 }, (_, at) => `echo_${at}`);
  const peer = { url: new URL(path, front.url).href, era, tools } as const;
  await load.run({ kind: "closed", peer, connections: 16, calls: CALLS, within_ms: 120_000 });
  await front.stop();
  // One file a thread; the main one has the most samples.
  for (const file of await readdir(join(folder, "profiles"))) {
    const profile = PROFILE.parse(JSON.parse(await readFile(join(folder, "profiles", file), "utf8")));
    print(`${era} ${path}, ${file}`, selfTimes(profile));
  }
} finally {
  load.stop();
  await upstream.stop();
  await rm(folder, { recursive: true, force: true });
}
