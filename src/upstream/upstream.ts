import type { Instant } from "../call/id.ts";
import type { Server } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { meet } from "./bridged/meet.ts";
import { crowd } from "./crowd.ts";
import { eraVerdict } from "./era.ts";
import { httpWay } from "./http-way.ts";
import type { Upstream, UpstreamStatus } from "./leg.ts";
import { openPools } from "./pools.ts";
import { type Finding, probe } from "./probe.ts";
import { rest } from "./rest.ts";
import { openSocket } from "./socket/leg.ts";
import { openSse } from "./sse/leg.ts";
import { openStdio } from "./stdio.ts";
import { type Health, pipeWay, type Way, type WayPorts } from "./way.ts";

export interface UpstreamPorts {
  readonly log: Log;
  /** Wall clock, ms; only dates come from it. */
  readonly now: () => Instant;
}

const SERVER_REST = { after: 5, first_ms: 5000, most_ms: 60_000 };

/** HTTP+SSE is of the legacy era, so nobody has to ask. */
const LEGACY: Finding = { era: "legacy", certain: true };

function wayTo(server: Server, ports: WayPorts, now: () => Instant): Way {
  const { log, closing } = ports;
  switch (server.transport) {
    case "streamable-http":
      return httpWay(server, ports, now);
    case "stdio": {
      const way = pipeWay(server.name, "could not be started", ports, (era, gone) =>
        openStdio(server, era, log, gone),
      );
      return { ...way, ...PLAIN };
    }
    case "websocket": {
      const way = pipeWay(server.name, "could not be reached", ports, (era, gone) =>
        openSocket(server, era, { log, closing }, gone),
      );
      return { ...way, ...PLAIN };
    }
    case "sse": {
      const pools = openPools(server);
      const way = pipeWay(server.name, "could not be reached", ports, (era, gone) =>
        openSse(server, era, { pools, log, closing }, gone),
      );
      return { ...way, ...PLAIN, close: pools.close };
    }
  }
}
const PLAIN = { older_since: () => undefined, close: () => Promise.resolve() };

/**
 * A governed server, ready to be talked to; nothing is started or connected before somebody asks. The same key and era
 * give the same leg while it lives. Whatever fails stays with this server: its circuit, its processes, its sockets.
 */
export function openUpstream(server: Server, ports: UpstreamPorts): Upstream {
  const health: Health = { rest: rest(SERVER_REST), last_error: undefined, failing: false, worked: false };
  const closing = new AbortController();
  const doubt = (): void => era.doubt();
  const way = wayTo(server, { log: ports.log, health, doubt, closing: closing.signal }, ports.now);
  const legs = crowd(server.name, server.sessions, way.open);
  let probing: Promise<unknown> | undefined;
  const era = eraVerdict(() => {
    if (server.transport === "sse" || way.older_since() !== undefined) return Promise.resolve(LEGACY);
    const finding = probe(way.sibling, server.transport, closing.signal);
    probing = finding.catch(() => undefined);
    return finding;
  }, ports.now);

  const stateOf = (living: number): UpstreamStatus["state"] => {
    if (health.rest.resting) return "resting";
    if (health.failing) return "down";
    return health.worked && living > 0 ? "up" : "idle";
  };
  return {
    name: server.name,
    connect: meet({
      server: server.name,
      timeout_ms: server.timeout_ms,
      log: ports.log,
      now: ports.now,
      legs,
      era,
      mirrors: server.transport === "streamable-http",
    }),
    era: era.get,
    status() {
      const living = legs.size;
      return {
        name: server.name,
        transport: way.older_since() === undefined ? server.transport : "sse",
        transport_since: way.older_since(),
        state: stateOf(living),
        era: era.known,
        legs: living,
        last_error: health.last_error,
      };
    },
    async close() {
      closing.abort();
      await Promise.all([legs.close(), probing]);
      await way.close();
    },
  };
}
