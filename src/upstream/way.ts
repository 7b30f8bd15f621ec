import type { Era } from "../call/call.ts";
import { Fault, type FaultCode } from "../call/fault.ts";
import type { Log } from "../telemetry/log.ts";
import { carrier } from "./credential/carrying.ts";
import type { Badge, Credential, Whom } from "./credential/credential.ts";
import type { PooledLeg } from "./crowd.ts";
import { resting, wordsOf } from "./failure.ts";
import { type Rest, rest } from "./rest.ts";

/** What is known of a server's health, shared by all its legs. */
export interface Health {
  readonly rest: Rest;
  last_error: string | undefined;
  failing: boolean;
  worked: boolean;
}

/** One transport's side of an upstream. */
export interface Way {
  readonly open: (key: string, era: Era, whom?: Whom) => Promise<PooledLeg>;
  /** A leg nobody else uses, to probe with. */
  readonly sibling: (whom?: Whom) => Promise<PooledLeg>;
  /** Since when the server is spoken to over HTTP+SSE, though that was not configured. */
  readonly older_since: () => Date | undefined;
  readonly close: () => Promise<void>;
}

/** What every way to one server has. */
export interface WayPorts {
  readonly log: Log;
  /** What the server is shown; undefined: nothing but what is configured for all. */
  readonly credential: Credential | undefined;
  readonly health: Health;
  /** The server may have been replaced by another. */
  readonly doubt: () => void;
  /** Fires when the upstream closes. */
  readonly closing: AbortSignal;
}

/** Hears once how a leg ended, and whether by itself. */
export type Gone = (how: string, unasked: boolean) => void;

/** The first crash of a client's process is forgiven at once. */
const CRASH_REST = { after: 2, first_ms: 1000, most_ms: 60_000 };
/**
 * A leg that lived so long did not end because of how it was opened. What lies between the gate and a server may end
 * connections on which nothing is said; nothing ends a process.
 */
const SETTLED_MS = { "could not be started": 60_000, "could not be reached": 5000 } as const;
const CRASHERS_MOST = 1000;
/** A refusal, a failure or rubbish shows that somebody is there. */
export const ANSWERED: ReadonlySet<FaultCode> = new Set([
  "upstream-refused",
  "upstream-failed",
  "upstream-garbled",
]);

/** The reason why a server is left alone for now, if it is. */
export function barredBy(server: string, by: Rest, what: string): Fault | undefined {
  const left_ms = by.enter();
  if (left_ms === 0) return undefined;
  return resting(server, `${what} ${by.failures} times in a row, next try in ${Math.ceil(left_ms / 1000)} s`);
}

/** The way to a server that is opened for each conversation: a process, a stream, a socket. */
export function pipeWay(
  server: string,
  cannot: keyof typeof SETTLED_MS,
  { log, credential, health, doubt }: WayPorts,
  connect: (era: Era, gone: Gone, badge: Badge) => Promise<PooledLeg>,
): Pick<Way, "open" | "sibling"> {
  // By conversation, so that who crashes its own process takes nobody else's away.
  const crashers = new Map<string, Rest>();
  const crashed = (key: string, lived_ms: number): void => {
    const by = crashers.get(key) ?? rest(CRASH_REST);
    if (lived_ms > SETTLED_MS[cannot]) by.worked();
    by.failed();
    crashers.delete(key);
    crashers.set(key, by);
    const [oldest] = crashers.keys();
    if (crashers.size > CRASHERS_MOST && oldest !== undefined) crashers.delete(oldest);
  };
  const failed = (error: unknown): void => {
    if (error instanceof Fault && error.code === "upstream-over") return health.rest.undecided();
    health.last_error = wordsOf(error);
    log.warn({ server, why: health.last_error }, `server ${cannot}`);
    if (error instanceof Fault && ANSWERED.has(error.code)) return health.rest.undecided();
    health.rest.failed();
    health.failing = true;
    return doubt();
  };
  const start = async (era: Era, gone: Gone, whom: Whom | undefined): Promise<PooledLeg> => {
    const barred = barredBy(server, health.rest, cannot);
    if (barred !== undefined) throw barred;
    const carries = carrier(credential, whom);
    try {
      const leg = await carries.send(() => connect(era, gone, carries.badge));
      health.rest.worked();
      health.failing = false;
      health.worked = true;
      return carries.over(leg);
    } catch (error) {
      failed(error);
      throw error;
    }
  };
  return {
    async open(key, era, whom) {
      const crasher = crashers.get(key);
      const barred = crasher && barredBy(server, crasher, "ended by itself");
      if (barred !== undefined) throw barred;
      const since = performance.now();
      const gone: Gone = (how, unasked) => {
        if (!unasked) return;
        crashed(key, performance.now() - since);
        health.failing = true;
        health.last_error = how;
        doubt();
      };
      return start(era, gone, whom);
    },
    sibling: (whom) => {
      const gone: Gone = (how, unasked) => {
        // Whoever dies of the first question is not up, and what is opened next may show otherwise.
        if (!unasked) return;
        health.failing = true;
        health.last_error = how;
      };
      return start("modern", gone, whom);
    },
  };
}
