import type { StdioServer } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import type { Witness } from "./child.ts";
import type { Upstream } from "./leg.ts";
import { openStdio } from "./stdio.ts";

/** A server of one client, whose process stands behind one pipe for as long as both last. */
export interface Wrapped extends Upstream {
  /** The client's input ended: so does the server's. */
  readonly hangUp: () => void;
}

/**
 * Starts a server at once and never again: its first word may be its own, and when it ends, so does whoever wraps it.
 * Rejects with Fault `upstream-unreachable` where it cannot be started.
 */
export async function startWrapped(server: StdioServer, log: Log, witness: Witness): Promise<Wrapped> {
  let last_error: string | undefined;
  const leg = await openStdio(server, "legacy", log, (how) => (last_error = how), witness);
  return {
    name: server.name,
    connect: () => Promise.resolve(leg),
    // Which eras it speaks is for itself to say, so nothing is kept from it and no second process asks it.
    era: () => Promise.resolve("modern"),
    status: () => ({
      name: server.name,
      transport: "stdio",
      state: leg.alive ? "up" : "down",
      era: undefined,
      legs: leg.alive ? 1 : 0,
      last_error,
    }),
    hangUp: () => leg.channel.hangUp(),
    close: () => leg.close(),
  };
}
