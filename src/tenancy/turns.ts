import { Fault } from "../call/fault.ts";
import type { TenantId } from "../call/principal.ts";

/** Whose work is done next, where several tenants want more than there is room for. */
export interface Turns {
  /** Does the work when it is that tenant's turn. Rejects as the work does, with Fault `too-many` where too much waits. */
  take<T>(tenant: TenantId, work: () => Promise<T>): Promise<T>;
}

interface Lane {
  readonly share: number;
  active: number;
  /** The front is at `from`, so that nothing moves up. */
  waiting: (() => void)[];
  from: number;
  /** What it may still take in this round. */
  credit: number;
}

/** Everybody who is here, in the order of the round. */
interface Hall {
  readonly lanes: Map<TenantId, Lane>;
  readonly places: number;
  active: number;
  shares: number;
}

/** Who asked last, when, and when somebody else did, ms: others may come again where they were lately. */
interface Lately {
  tenant: TenantId;
  at: number;
  other_at: number;
}

/**
 * Calls that are decided and written down at once while several tenants are about. Whoever comes meets what of these is on the
 * event loop at each of its steps: beside 16 they wait more than twice as long as beside nobody. With 4 a quarter fewer are served.
 */
const PLACES = 4;
/** How long a tenant is still about that asks nothing. */
const ABOUT_MS = 60_000;
/** What may wait of one tenant. */
const WAITING_MOST = 8_192;

const waits = ({ waiting, from }: Lane): boolean => from < waiting.length;
const isFull = ({ active, places }: Hall): boolean => active >= places;
/** Whether a lane has less than what it has by right. */
function isWithin({ places, shares }: Hall, { active, share }: Lane): boolean {
  return active < Math.max(1, Math.floor((places * share) / shares));
}

/** Notes who asks; gives whether anybody else was about lately: who floods alone would have filled the gate when they come. */
function isCrowded(lately: Lately, tenant: TenantId, now: number): boolean {
  if (lately.tenant !== tenant) {
    lately.other_at = lately.at;
    lately.tenant = tenant;
  }
  lately.at = now;
  return now - lately.other_at < ABOUT_MS;
}

function begin(hall: Hall, lane: Lane): void {
  lane.active += 1;
  hall.active += 1;
}

/** Lets the one in front in. */
function admit(hall: Hall, lane: Lane): void {
  const next = lane.waiting[lane.from];
  lane.from += 1;
  if (!waits(lane)) [lane.waiting, lane.from] = [[], 0];
  begin(hall, lane);
  next?.();
}

/** One lane's turn in the round: as many as its credit lets in, while there is room. */
function serve(hall: Hall, lane: Lane): void {
  if (lane.credit < 1) lane.credit += lane.share;
  while (waits(lane) && lane.credit >= 1 && !isFull(hall)) {
    lane.credit -= 1;
    admit(hall, lane);
  }
  if (!waits(lane)) lane.credit = 0;
}

/** Lets in whoever has room by right, then goes round with what is left. */
function fill(hall: Hall): void {
  const { lanes } = hall;
  for (const lane of lanes.values()) while (waits(lane) && isWithin(hall, lane)) admit(hall, lane);
  for (let left = [...lanes].filter(([, lane]) => waits(lane)); left.length > 0 && !isFull(hall); ) {
    for (const [tenant, lane] of left) {
      if (isFull(hall)) break;
      serve(hall, lane);
      if (lane.credit >= 1) continue;
      // Its turn is over: the next round begins with somebody else.
      lanes.delete(tenant);
      lanes.set(tenant, lane);
    }
    left = left.filter(([, lane]) => waits(lane));
  }
}

/**
 * Deficit round robin over tenants. Each has its part of the places at once, by its share of those who are here; what others
 * leave goes round. Whoever is alone, and was for a minute, is never held up. `shareOf` is asked when a tenant comes; `ticks` is
 * monotonic, ms.
 */
export function turns(
  shareOf: (tenant: TenantId) => number,
  ticks: () => number,
  places: number = PLACES,
): Turns {
  const hall: Hall = { lanes: new Map(), places, active: 0, shares: 0 };
  const lately: Lately = { tenant: "", at: Number.NEGATIVE_INFINITY, other_at: Number.NEGATIVE_INFINITY };

  function arrive(tenant: TenantId): Lane {
    const lane: Lane = { share: shareOf(tenant), active: 0, waiting: [], from: 0, credit: 0 };
    hall.lanes.set(tenant, lane);
    hall.shares += lane.share;
    return lane;
  }
  function end(tenant: TenantId, lane: Lane): void {
    lane.active -= 1;
    hall.active -= 1;
    if (lane.active === 0 && !waits(lane)) {
      hall.lanes.delete(tenant);
      hall.shares -= lane.share;
    }
    fill(hall);
  }
  return {
    async take(tenant, work) {
      const lane = hall.lanes.get(tenant) ?? arrive(tenant);
      const crowded = isCrowded(lately, tenant, ticks());
      if (!waits(lane) && (!crowded || !isFull(hall) || isWithin(hall, lane))) begin(hall, lane);
      else if (lane.waiting.length - lane.from >= WAITING_MOST)
        throw new Fault(
          "too-many",
          `${WAITING_MOST} calls wait for their turn, which is the bound. Call less often.`,
        );
      else await new Promise<void>((resolve) => lane.waiting.push(resolve));
      try {
        return await work();
      } finally {
        end(tenant, lane);
      }
    },
  };
}
