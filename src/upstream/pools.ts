import { type Dispatcher, Pool } from "undici";
import type { HttpServer } from "../config/config.ts";

const CONNECT_MS = 10_000;
/** Shorter than what servers keep idle connections for, so that few requests meet one that is just closing. */
const KEEP_MS = 4000;
const CALLS_MOST = 4096;
const ERRANDS_MOST = 64;

/**
 * The connections to one server. Three pools, so that calls that wait for a client's answer cannot keep that answer
 * from being sent, and streams that stay open for hours cannot starve calls. No proxy, no redirects, no HTTP/2.
 */
export interface Pools {
  readonly path: string;
  readonly calls: Dispatcher;
  /** Notifications, answers of a client, the end of a session. */
  readonly errands: Dispatcher;
  /** What stays open: GET streams and subscriptions. */
  readonly streams: Dispatcher;
  readonly close: () => Promise<void>;
}

export function openPools(server: Pick<HttpServer, "url" | "sessions">): Pools {
  const { origin, pathname, search } = new URL(server.url);
  const pool = (connections: number): Pool =>
    new Pool(origin, {
      connections,
      allowH2: false,
      pipelining: 1,
      keepAliveTimeout: KEEP_MS,
      // Silence is measured by the leg, which knows when it counts.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { timeout: CONNECT_MS },
    });
  const calls = pool(CALLS_MOST);
  const errands = pool(ERRANDS_MOST);
  const streams = pool(2 * server.sessions);
  return {
    path: pathname + search,
    calls,
    errands,
    streams,
    close: async () => {
      await Promise.all([calls.destroy(), errands.destroy(), streams.destroy()]);
    },
  };
}
