import type { PooledLeg } from "../crowd.ts";
import { isUnauthorized } from "../failure.ts";
import { type Badge, type Credential, NOTHING_SHOWN, type Whom } from "./credential.ts";

/** Shows a server the gate's credential with everything that is sent on one leg. */
export interface Carrier {
  /** What the leg shows with each request, as of the moment it is sent. */
  readonly badge: Badge;
  /** Does what sends something, once what is to be shown is there; once more with another where the server answers 401. */
  readonly send: <T>(work: () => Promise<T>) => Promise<T>;
  /** The leg, each of whose requests goes through `send`. */
  readonly over: (leg: PooledLeg) => PooledLeg;
}

const EMPTY: Carrier = {
  badge: { shown: NOTHING_SHOWN },
  send: (work) => work(),
  over: (leg) => leg,
};

/** The carrier of a new leg. */
export function carrier(credential: Credential | undefined, whom: Whom | undefined): Carrier {
  return credential === undefined ? EMPTY : carrying(credential, whom);
}

/** What a server refused by 401 it has not run, so it is said again. */
function carrying(credential: Credential, whom: Whom | undefined): Carrier {
  const badge: Badge = { shown: NOTHING_SHOWN };
  let sending = 0;

  async function send<T>(work: () => Promise<T>): Promise<T> {
    sending += 1;
    try {
      const shown = await credential.show(whom);
      badge.shown = shown;
      try {
        return await work();
      } catch (error) {
        const again = isUnauthorized(error) ? await credential.renew(whom, shown) : undefined;
        if (again === undefined) throw error;
        badge.shown = again;
        return await work();
      }
    } finally {
      sending -= 1;
    }
  }

  return {
    badge,
    send,
    over: (leg) => ({
      server: leg.server,
      era: leg.era,
      ...(leg.separate === true && { separate: true }),
      get alive() {
        return leg.alive;
      },
      get idle_since() {
        return sending > 0 ? undefined : leg.idle_since;
      },
      ask: (...asked) => send(() => leg.ask(...asked)),
      tell: (...told) => send(() => leg.tell(...told)),
      listen: (...of) => send(() => leg.listen(...of)),
      close: () => leg.close(),
    }),
  };
}
