import type { Era } from "../call/call.ts";
import type { Fault, FaultCode } from "../call/fault.ts";
import type { Instant } from "../call/id.ts";
import type { HttpServer, Server, StdioServer } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { meet } from "./bridged/meet.ts";
import { type PooledLeg, crowd } from "./crowd.ts";
import { eraVerdict } from "./era.ts";
import { resting, SESSION_EXPIRED, wordsOf } from "./failure.ts";
import { HttpLeg } from "./http.ts";
import type { Upstream, UpstreamStatus } from "./leg.ts";
import { openPools } from "./pools.ts";
import { probe } from "./probe.ts";
import { type Rest, rest } from "./rest.ts";
import { openStdio } from "./stdio.ts";

export interface UpstreamPorts {
  readonly log: Log;
  /** Wall clock, ms; only dates come from it. */
  readonly now: () => Instant;
}

/** What is known of a server's health, shared by all its legs. */
interface Health {
  readonly rest: Rest;
  last_error: string | undefined;
  failing: boolean;
  worked: boolean;
}

/** One transport's side of an upstream. */
interface Way {
  readonly open: (key: string, era: Era) => Promise<PooledLeg>;
  /** A leg nobody else uses, to probe with. */
  readonly sibling: () => Promise<PooledLeg>;
  readonly close: () => Promise<void>;
}

const SERVER_REST = { after: 5, first_ms: 5000, most_ms: 60_000 };
/** The first crash of a client's process is forgiven at once. */
const CRASH_REST = { after: 2, first_ms: 1000, most_ms: 60_000 };
/** A process that lived so long did not crash because of how it was started. */
const SETTLED_MS = 60_000;
const CRASHERS_MOST = 1000;
/** A refusal, a failure or rubbish shows that somebody is there. */
const ANSWERED: ReadonlySet<FaultCode> = new Set(["upstream-refused", "upstream-failed", "upstream-garbled"]);

function barredBy(server: string, by: Rest, what: string): Fault | undefined {
  const left_ms = by.enter();
  if (left_ms === 0) return undefined;
  return resting(server, `${what} ${by.failures} times in a row, next try in ${Math.ceil(left_ms / 1000)} s`);
}

function httpWay(server: HttpServer, { log }: UpstreamPorts, health: Health, doubt: () => void): Way {
  const pools = openPools(server);
  const fared = (fault: Fault | undefined): void => {
    if (fault === undefined) {
      if (health.rest.failures > 0) log.info({ server: server.name }, "server is back");
      health.failing = false;
      health.worked = true;
      return health.rest.worked();
    }
    if (fault.code === "cancelled" || fault.detail === SESSION_EXPIRED) return health.rest.undecided();
    health.last_error = wordsOf(fault);
    log.warn({ server: server.name, code: fault.code, why: fault.detail }, "request failed");
    if (ANSWERED.has(fault.code)) return health.rest.undecided();
    health.failing = true;
    doubt();
    return health.rest.failed();
  };
  const ports = { pools, log, fared, barred: () => barredBy(server.name, health.rest, "failed") };
  return {
    open: (_key, era) => Promise.resolve(new HttpLeg(server, era, ports)),
    sibling: () => Promise.resolve(new HttpLeg(server, "modern", ports)),
    close: pools.close,
  };
}

function stdioWay(server: StdioServer, { log }: UpstreamPorts, health: Health, doubt: () => void): Way {
  // By conversation, so that who crashes its own process takes nobody else's away.
  const crashers = new Map<string, Rest>();
  const crashed = (key: string, lived_ms: number): void => {
    const by = crashers.get(key) ?? rest(CRASH_REST);
    if (lived_ms > SETTLED_MS) by.worked();
    by.failed();
    crashers.delete(key);
    crashers.set(key, by);
    const [oldest] = crashers.keys();
    if (crashers.size > CRASHERS_MOST && oldest !== undefined) crashers.delete(oldest);
  };
  const start = async (era: Era, gone: (how: string, unasked: boolean) => void): Promise<PooledLeg> => {
    const barred = barredBy(server.name, health.rest, "could not be started");
    if (barred !== undefined) throw barred;
    try {
      const leg = await openStdio(server, era, log, gone);
      health.rest.worked();
      health.failing = false;
      health.worked = true;
      return leg;
    } catch (error) {
      health.rest.failed();
      health.failing = true;
      health.last_error = wordsOf(error);
      log.warn({ server: server.name, why: health.last_error }, "server not started");
      doubt();
      throw error;
    }
  };
  return {
    async open(key, era) {
      const crasher = crashers.get(key);
      const barred = crasher && barredBy(server.name, crasher, "ended by itself");
      if (barred !== undefined) throw barred;
      const since = performance.now();
      return start(era, (how, unasked) => {
        if (!unasked) return;
        crashed(key, performance.now() - since);
        health.failing = true;
        health.last_error = how;
        doubt();
      });
    },
    sibling: () => start("modern", () => undefined),
    close: () => Promise.resolve(),
  };
}

/**
 * A governed server, ready to be talked to; nothing is started or connected before somebody asks. The same key and era
 * give the same leg while it lives. Whatever fails stays with this server: its circuit, its processes, its sockets.
 */
export function openUpstream(server: Server, ports: UpstreamPorts): Upstream {
  const health: Health = { rest: rest(SERVER_REST), last_error: undefined, failing: false, worked: false };
  const closing = new AbortController();
  const doubt = (): void => era.doubt();
  const way =
    server.transport === "stdio"
      ? stdioWay(server, ports, health, doubt)
      : httpWay(server, ports, health, doubt);
  const legs = crowd(server.name, server.sessions, way.open);
  let probing: Promise<unknown> | undefined;
  const era = eraVerdict(() => {
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
    }),
    era: era.get,
    status() {
      const living = legs.size;
      return {
        name: server.name,
        transport: server.transport,
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
