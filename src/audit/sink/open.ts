import type { Config } from "../../config/config.ts";
import { gateSecret } from "../../config/secret.ts";
import type { RunningSinks, SinksPorts } from "./sinks.ts";

/** The sinks of a configuration; undefined, and nothing loaded, where it has none. */
export async function sinksOf(
  config: Pick<Config, "sinks" | "outbound" | "secret" | "store">,
  ports: Omit<SinksPorts, "outbound" | "key">,
): Promise<RunningSinks | undefined> {
  const { sinks, outbound } = config;
  if (sinks.length === 0) return undefined;
  const { openSinks } = await import("./sinks.ts");
  const { openOutbound } = await import("../../outbound/outbound.ts");
  const key = sinks.some(({ redact }) => redact === "identity") ? gateSecret(config) : undefined;
  return openSinks(sinks, { ...ports, key, outbound: openOutbound(outbound.allow) });
}
