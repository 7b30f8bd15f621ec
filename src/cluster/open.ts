import type { Config } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import type { SharedCounters } from "./counters.ts";

/**
 * Where limits are counted, if not in the store; Redis is loaded where one is configured. Resolves although it is away:
 * then what limits count is refused until it is there.
 */
export async function openCounters(
  { cluster, store }: Pick<Config, "cluster" | "store">,
  log: Log,
): Promise<SharedCounters | undefined> {
  if (cluster === undefined) return undefined;
  const { openFence } = await import("../store/fence.ts");
  const { redisCounters } = await import("./redis.ts");
  return await redisCounters(cluster.url, await openFence(store), log);
}
