import { cpu } from "./process.ts";
import { median, middle, round, spread, type Spread } from "./numbers.ts";
import type { Peer } from "./call.ts";
import type { Generator } from "./generator.ts";

/** One thing that answers calls, and the process whose CPU is counted. */
export interface Target {
  readonly name: string;
  readonly pid: number;
  readonly peer: Peer;
}

export interface Closed {
  readonly target: string;
  readonly era: Peer["era"];
  readonly cpu_us: { readonly best: number; readonly median: number; readonly rounds: readonly number[] };
  readonly per_second: number;
  readonly latency_us: Spread;
}

/** Of one target in one round, and before the first; the time bounds a slow machine. */
const SLICE_MS = 1500;
const WARM_UP = { calls: 6000, within_ms: 3000 };

/** Closed loop over all targets in turn, `rounds` times: what the machine does meanwhile meets them all alike. */
export async function closedLoop(
  targets: readonly Target[],
  load: Generator,
  {
    rounds,
    calls,
    connections,
  }: { readonly rounds: number; readonly calls: number; readonly connections: number },
): Promise<readonly Closed[]> {
  const seen = targets.map(() => ({
    cpu_us: [] as number[],
    per_second: [] as number[],
    spreads: [] as Spread[],
  }));
  for (const { peer } of targets) await load.run({ kind: "closed", peer, connections, ...WARM_UP });
  for (let turn = 0; turn < rounds; turn++) {
    for (const [at, { pid, peer }] of targets.entries()) {
      const before = cpu(pid);
      const job = { kind: "closed", peer, connections, calls, within_ms: SLICE_MS } as const;
      const { elapsed_ms, latencies_us } = await load.run(job);
      const made = latencies_us.length;
      seen[at]?.cpu_us.push((cpu(pid) - before) / made);
      seen[at]?.per_second.push((made / elapsed_ms) * 1000);
      seen[at]?.spreads.push(spread(latencies_us));
    }
  }
  return targets.map(({ name, peer }, at) => {
    const { cpu_us = [], per_second = [], spreads = [] } = seen[at] ?? {};
    return {
      target: name,
      era: peer.era,
      cpu_us: { best: Math.min(...cpu_us), median: median(cpu_us), rounds: cpu_us.map((us) => round(us, 1)) },
      per_second: median(per_second),
      latency_us: middle(spreads),
    };
  });
}

export interface Opened {
  readonly target: string;
  readonly era: Peer["era"];
  readonly latency_us: Spread;
  /** Over the first target, percentile by percentile within a round, the median over rounds. */
  readonly added_us: Spread;
}

/** Open loop at a fixed rate over all targets in turn; the first one is what the others are compared with. */
export async function openLoop(
  targets: readonly Target[],
  load: Generator,
  {
    rounds,
    calls,
    per_second,
  }: { readonly rounds: number; readonly calls: number; readonly per_second: number },
): Promise<readonly Opened[]> {
  const seen: Spread[][] = targets.map(() => []);
  for (let turn = 0; turn < rounds; turn++) {
    for (const [at, { peer }] of targets.entries()) {
      const { latencies_us } = await load.run({ kind: "open", peer, connections: 16, per_second, calls });
      seen[at]?.push(spread(latencies_us));
    }
  }
  const first = seen[0] ?? [];
  return targets.map(({ name, peer }, at) => {
    const mine = seen[at] ?? [];
    const added = mine.map(({ p50, p95, p99 }, turn) => ({
      p50: p50 - (first[turn]?.p50 ?? Number.NaN),
      p95: p95 - (first[turn]?.p95 ?? Number.NaN),
      p99: p99 - (first[turn]?.p99 ?? Number.NaN),
    }));
    return { target: name, era: peer.era, latency_us: middle(mine), added_us: middle(added) };
  });
}
