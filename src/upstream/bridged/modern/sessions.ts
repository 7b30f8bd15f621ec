import { Fault } from "../../../call/fault.ts";
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
  const looking = setInterval(() => endIdle(IDLE_MS), LOOK_MS).unref();

  /** Ends sessions that nobody has used for so long; gives how many. */
  function endIdle(idle_ms: number): number {
    const before = places.size;
    for (const [part, { session }] of places) {
      if (session === undefined || (session.leg.alive && !isIdle(session, idle_ms))) continue;
      places.delete(part);
      void session.close();
    }
    return before - places.size;
  }

  function begin(hello: Hello): Promise<Session> {
    if (places.size >= SESSIONS_MOST && endIdle(0) === 0)
      throw busy(crossing.server, `${SESSIONS_MOST} sessions of one conversation`);
    const opening = beginSession(crossing, hello, leaving.signal).catch((error: unknown) => {
      // Room that only the idle take is made, once.
      if (!(error instanceof Fault) || error.code !== "upstream-busy" || endIdle(0) === 0) throw error;
      return beginSession(crossing, hello, leaving.signal);
    });
    const place: Place = { opening, session: undefined };
    places.set(hello.part, place);
    opening.then(
      (session) => {
        place.session = session;
      },
      () => {
        if (places.get(hello.part) === place) places.delete(hello.part);
      },
    );
    return opening;
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
    async close() {
      clearInterval(looking);
      leaving.abort();
      const all = [...places.values()];
      places.clear();
      await Promise.all(all.map(async ({ opening }) => (await opening.catch(() => undefined))?.close()));
    },
  };
}

function isIdle({ pursuits, followers, used_ms }: Session, idle_ms: number): boolean {
  return pursuits.size === 0 && followers.size === 0 && performance.now() - used_ms >= idle_ms;
}
