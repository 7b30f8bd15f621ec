import type { Instant } from "../call/id.ts";
import type { Server } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { meet } from "./bridged/meet.ts";
import type { Credential, Whom } from "./credential/credential.ts";
import { crowd } from "./crowd.ts";
import { eraVerdict } from "./era.ts";
import { wordsOf } from "./failure.ts";
import { httpWay } from "./http-way.ts";
import type { Upstream, UpstreamStatus } from "./leg.ts";
import { openPools } from "./pools.ts";
import { type Finding, probe } from "./probe.ts";
import { rest, SERVER_REST } from "./rest.ts";
import { openSocket } from "./socket/leg.ts";
import { openSse } from "./sse/leg.ts";
import { openStdio } from "./stdio.ts";
import { type Health, pipeWay, type Way, type WayPorts } from "./way.ts";

export interface UpstreamPorts {
  readonly log: Log;
  /** Wall clock, ms; only dates come from it. */
  readonly now: () => Instant;
  /** What the server is shown; absent: nothing but what is configured for all. */
  readonly credential?: Credential | undefined;
}

/** HTTP+SSE is of the legacy era, so nobody has to ask. */
const LEGACY: Finding = { era: "legacy", certain: true };

function wayTo(server: Server, ports: WayPorts, now: () => Instant): Way {
  const { log, closing } = ports;
  switch (server.transport) {
    case "streamable-http":
      return httpWay(server, ports, now);
    case "stdio": {
      const way = pipeWay(server.name, "could not be started", ports, (era, gone, { shown }) =>
        openStdio({ ...server, env: { ...server.env, ...shown } }, era, log, gone),
      );
      return { ...way, ...PLAIN };
    }
    case "websocket": {
      const way = pipeWay(server.name, "could not be reached", ports, (era, gone, { shown }) =>
        openSocket({ ...server, headers: { ...server.headers, ...shown } }, era, { log, closing }, gone),
      );
      return { ...way, ...PLAIN };
    }
    case "sse": {
      const pools = openPools(server);
      const way = pipeWay(server.name, "could not be reached", ports, (era, gone, badge) =>
        openSse(server, era, { pools, badge, log, closing }, gone),
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
  const { log, now, credential } = ports;
  const way = wayTo(server, { log, credential, health, doubt, closing: closing.signal }, now);
  const legs = crowd(server.name, server.sessions, way.open);
  let probing: Promise<unknown> | undefined;
  /** Who came last, with a credential at hand: what the server speaks is found out in their name. */
  let last: Whom | undefined;
  const era = eraVerdict(() => {
    if (server.transport === "sse" || way.older_since() !== undefined) return Promise.resolve(LEGACY);
    const finding = probe(() => way.sibling(last), server.transport, closing.signal);
    probing = finding.catch(() => undefined);
    return finding;
  }, now);

  const stateOf = (living: number): UpstreamStatus["state"] => {
    if (health.rest.resting) return "resting";
    if (health.failing) return "down";
    return health.worked && living > 0 ? "up" : "idle";
  };
  const meeting = meet({
    server: server.name,
    timeout_ms: server.timeout_ms,
    log,
    now,
    legs,
    era,
    mirrors: server.transport === "streamable-http",
  });
  return {
    name: server.name,
    async connect(key, client, whom) {
      // Who has nothing to show keeps nobody else from finding out what the server speaks.
      await credential?.show(whom).catch((error: unknown) => {
        health.last_error = wordsOf(error);
        throw error;
      });
      last = whom;
      return meeting(key, client, whom);
    },
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
