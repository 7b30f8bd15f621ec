import { join } from "node:path";
import type { Child } from "../test/conformance/child.ts";
import { closedLoop, type Target } from "./http.ts";
import { gate } from "./gate.ts";
import type { Generator } from "./generator.ts";
import { memory } from "./process.ts";

export interface Scaled {
  readonly upstreams: number;
  readonly tools: number;
  readonly cpu_us: number;
}

/** Upstreams, and tools of each. */
const SHAPES = [
  { upstreams: 1, each: 10 },
  { upstreams: 10, each: 10 },
  { upstreams: 1, each: 1000 },
  { upstreams: 100, each: 10 },
] as const;

/** CPU per call through the merged address, by how much stands behind it. Calls go round all servers. */
export async function scale(
  upstream: string,
  folder: string,
  load: Generator,
  turns: { readonly rounds: number; readonly calls: number },
): Promise<readonly Scaled[]> {
  const gates: Child[] = [];
  try {
    const targets: Target[] = [];
    for (const { upstreams, each } of SHAPES) {
      const servers = Object.fromEntries(
        Array.from({ length: upstreams }, (_, at) => [
          `s${at}`,
          new URL(`/s/${at}/${each}/mcp`, upstream).href,
        ]),
      );
      const front = await gate(join(folder, `${upstreams}x${each}`), servers);
      gates.push(front);
      const tools = Array.from(
        { length: Math.max(upstreams, 10) },
        (_, at) => `s${at % upstreams}_echo_${at % each}`,
      );
      const peer = { url: new URL("/mcp", front.url).href, era: "modern", tools } as const;
      targets.push({ name: `${upstreams} upstreams of ${each} tools`, pid: front.pid, peer });
    }
    const seen = await closedLoop(targets, load, { ...turns, connections: 16 });
    return SHAPES.map(({ upstreams, each }, at) => ({
      upstreams,
      tools: upstreams * each,
      cpu_us: seen[at]?.cpu_us.median ?? Number.NaN,
    }));
  } finally {
    for (const front of gates) await front.stop();
  }
}

export interface Sessions {
  readonly count: number;
  readonly fresh_mb: number;
  readonly open_mb: number;
  /** With the own stream of each session open as well: two more sockets a session. */
  readonly streaming_mb: number;
}

/** Memory of a gate that holds that many legacy sessions, each with a call behind it. */
export async function sessions(
  upstream: string,
  folder: string,
  load: Generator,
  count: number,
): Promise<Sessions> {
  const rss = async (streams: boolean) => {
    const front = await gate(join(folder, streams ? "streaming" : "open"), { bench: upstream });
    try {
      const fresh_mb = memory(front.pid);
      const peer = { url: new URL("/mcp", front.url).href, era: "legacy", tools: ["echo_0"] } as const;
      await load.run({ kind: "sessions", peer, count, streams });
      return { fresh_mb, after_mb: memory(front.pid) };
    } finally {
      await front.stop();
    }
  };
  const open = await rss(false);
  const streaming = await rss(true);
  return { count, fresh_mb: open.fresh_mb, open_mb: open.after_mb, streaming_mb: streaming.after_mb };
}
