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

/** Calls that are decided and written down at once while several tenants are here: few, so that whoever comes waits for few; enough to share a commit. */
const PLACES = 16;
/** What may wait of one tenant. */
const WAITING_MOST = 8_192;

const waits = ({ waiting, from }: Lane): boolean => from < waiting.length;
const isFull = ({ active, places }: Hall): boolean => active >= places;
/** Whether a lane has less than what it has by right; whoever is alone has everything. */
function isWithin({ lanes, places, shares }: Hall, { active, share }: Lane): boolean {
  return lanes.size === 1 || active < Math.max(1, Math.floor((places * share) / shares));
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
 * leave goes round. Whoever is alone is never held up. `shareOf` is asked when a tenant comes.
 */
export function turns(shareOf: (tenant: TenantId) => number, places = PLACES): Turns {
  const hall: Hall = { lanes: new Map(), places, active: 0, shares: 0 };

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
      if (!waits(lane) && (!isFull(hall) || isWithin(hall, lane))) begin(hall, lane);
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
