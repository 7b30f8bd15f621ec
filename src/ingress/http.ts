import { createServer, type RequestListener, type Server } from "node:http";
import { createServer as createSecureServer } from "node:https";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import type { Listener } from "../config/config.ts";
import type { Tenancy } from "../tenancy/tenancy.ts";
import { type Endpoint, exchange, type HttpParts } from "./endpoint.ts";
import { type LegacyDoor, legacyDoor } from "./legacy.ts";
import { type ModernDoor, modernDoor } from "./modern.ts";
import { type Presence, presence } from "./presence.ts";
import type { Secrets } from "./secrets.ts";
import { sseDoor } from "./sse.ts";
import { cutUnread } from "./unread.ts";

export interface HttpDoor {
  /** Resolves with where it listens; rejects with the system's error. */
  listen(at: Listener): Promise<AddressInfo>;
  /** Takes nothing new, waits for what is under way up to the limit, then ends it. */
  drain(): Promise<void>;
}

/** How often a drain looks whether it is done, and how often sessions that idled out are ended. */
const DRAIN_LOOK_MS = 20;
/** How long those who were cut off have to hear it. */
const LAST_WORDS_MS = 500;
const SWEEP_MS = 60_000;
/** How often it is looked whose token has ended. */
const EXPIRE_MS = 500;
const BOUNDS = { maxHeaderSize: 16 * 1024, requestTimeout: 60_000, headersTimeout: 20_000 };

/** Ends what is open for everybody of a tenant that is closed. */
function shutOut(
  tenants: DoorParts["tenants"],
  here: Presence,
  { sessions }: LegacyDoor,
  modern: ModernDoor,
): void {
  // What is open says of each who it is for, as `tenant/id`.
  const whom = (): readonly string[] =>
    [...here.open(), ...sessions.credentials()].filter((what) => what.includes("/"));
  tenants?.follow(
    () => whom().map((what) => what.slice(0, what.indexOf("/"))),
    (tenant) => {
      for (const what of whom())
        if (what.startsWith(`${tenant}/`)) {
          here.end(what);
          sessions.closeOf(what);
        }
      modern.leave(tenant);
    },
  );
}

interface DoorParts extends HttpParts {
  readonly tls?: Secrets | undefined;
  /** Tells whose tenant is closed while something is open for them; absent: nobody's ever is. */
  readonly tenants?: Pick<Tenancy, "follow"> | undefined;
}

/** Streamable HTTP and HTTP+SSE, on as many listeners as are configured. */
export function httpDoor(parts: DoorParts): HttpDoor {
  const { gate } = parts;
  const legacy = legacyDoor(gate);
  const modern = modernDoor(gate);
  const servers: Server[] = [];
  const state = { draining: false, under_way: 0 };
  const here = presence();
  const doors = {
    legacy,
    modern,
    sse: sseDoor(gate, legacy.sessions),
    presence: here,
    draining: () => state.draining,
  };
  parts.identity.follow(
    () => new Set([...here.open(), ...legacy.sessions.credentials()]),
    (credential) => {
      here.end(credential);
      legacy.sessions.closeOf(credential);
    },
  );
  shutOut(parts.tenants, here, legacy, modern);
  const sweeping = setInterval(() => legacy.sessions.sweep(), SWEEP_MS);
  sweeping.unref();
  const expiring = setInterval(() => {
    here.expire(gate.now());
    legacy.sessions.expire(gate.now());
  }, EXPIRE_MS).unref();

  return {
    listen(at) {
      const endpoint: Endpoint = { ...parts, ...doors, at };
      const answer: RequestListener = (request, response) => {
        state.under_way += 1;
        void exchange(endpoint, request, response).finally(() => {
          state.under_way -= 1;
        });
      };
      const { tls } = parts;
      const server =
        tls === undefined
          ? createServer(BOUNDS, answer)
          : createSecureServer({ ...BOUNDS, ...tls, requestCert: tls.ca !== undefined }, answer);
      server.keepAliveTimeout = 65_000;
      cutUnread(server);
      server.maxConnections = gate.limits.sessions * 2;
      servers.push(server);
      return new Promise((resolve, reject) => {
        server.once("error", reject);
        server.listen(at.port, at.host, () => resolve(server.address() as AddressInfo));
      });
    },
    async drain() {
      state.draining = true;
      clearInterval(sweeping);
      clearInterval(expiring);
      const closed = servers.map((server) => new Promise((resolve) => server.close(resolve)));
      for (const server of servers) server.closeIdleConnections();
      const until = gate.ticks() + gate.limits.drain_ms;
      // Streams that are open until somebody ends them do not hold a shutdown up.
      const lasting = (): number => legacy.listening() + modern.listening();
      while (state.under_way > lasting() && gate.ticks() < until) await delay(DRAIN_LOOK_MS);
      legacy.sessions.closeAll();
      await modern.close();
      const last = gate.ticks() + LAST_WORDS_MS;
      while (state.under_way > 0 && gate.ticks() < last) await delay(DRAIN_LOOK_MS);
      for (const server of servers) server.closeAllConnections();
      await Promise.all(closed);
    },
  };
}
