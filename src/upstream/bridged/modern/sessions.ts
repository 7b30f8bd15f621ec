import { busy } from "../../failure.ts";
import type { Crossing } from "../crossing.ts";
import type { Hello } from "./hello.ts";
import { beginSession, type Session } from "./session.ts";

/** Sessions of one conversation with one server: clients that say different things of themselves. */
const SESSIONS_MOST = 16;
/** How long a session is kept that nobody uses. */
const IDLE_MS = 5 * 60_000;
const LOOK_MS = 60_000;

/** The sessions of one conversation, one for each way its clients present themselves. */
export interface Sessions {
  /** The living session of whoever says so of themselves, or a new one. Rejects with Fault `upstream-…`. */
  get(hello: Hello): Promise<Session>;
  readonly size: number;
  /** The session that nobody has used for longest; undefined where all are in use. */
  readonly idlest: Session | undefined;
  /** Ends them all. */
  close(): Promise<void>;
}

interface Place {
  readonly opening: Promise<Session>;
  session: Session | undefined;
}

export function sessions(crossing: Crossing): Sessions {
  const places = new Map<string, Place>();
  const leaving = new AbortController();
  const looking = setInterval(() => sweep(), LOOK_MS).unref();

  function sweep(): void {
    const now = performance.now();
    for (const [part, { session }] of places) {
      if (
        session === undefined ||
        (session.leg.alive && !(isIdle(session) && now - session.used_ms > IDLE_MS))
      )
        continue;
      places.delete(part);
      void session.close();
    }
  }

  function idlest(): Session | undefined {
    const idle = [...places.values()].flatMap(({ session }) =>
      session !== undefined && isIdle(session) ? [session] : [],
    );
    return idle.toSorted((a, b) => a.used_ms - b.used_ms)[0];
  }

  async function begin(hello: Hello): Promise<Session> {
    const spare = places.size < SESSIONS_MOST ? undefined : idlest();
    if (places.size >= SESSIONS_MOST && spare === undefined)
      throw busy(crossing.server, `${SESSIONS_MOST} sessions of one conversation`);
    if (spare !== undefined) places.delete(spare.hello.part);
    void spare?.close();
    const place: Place = { opening: beginSession(crossing, hello, leaving.signal), session: undefined };
    places.set(hello.part, place);
    try {
      place.session = await place.opening;
      return place.session;
    } catch (error) {
      if (places.get(hello.part) === place) places.delete(hello.part);
      throw error;
    }
  }

  return {
    async get(hello) {
      const known = places.get(hello.part);
      const session = await known?.opening;
      if (session?.leg.alive === true) {
        session.used_ms = performance.now();
        return session;
      }
      if (places.get(hello.part) === known) {
        places.delete(hello.part);
        session?.over.abort();
        return begin(hello);
      }
      return this.get(hello);
    },
    get size() {
      return places.size;
    },
    get idlest() {
      return idlest();
    },
    async close() {
      clearInterval(looking);
      leaving.abort();
      const all = [...places.values()];
      places.clear();
      await Promise.all(all.map(async ({ opening }) => (await opening.catch(() => undefined))?.close()));
    },
  };
}

function isIdle({ leg, pursuits, followers }: Session): boolean {
  return leg.alive && pursuits.size === 0 && followers.size === 0;
}
