import { Fault } from "../call/fault.ts";
import type { TenantId } from "../call/principal.ts";

/** Whose work is done next, where several tenants want more than there is room for. */
export interface Turns {
  /** Does the work when it is that tenant's turn. Rejects as the work does, with Fault `too-many` where too much waits. */
  take<T>(tenant: TenantId, work: () => Promise<T>): Promise<T>;
}

interface Lane {
  active: number;
  /** The front is at `from`, so that nothing moves up. */
  waiting: (() => void)[];
  from: number;
  share: number;
  /** What it may still take in this round. */
  credit: number;
}

/** Calls that are decided and written down at once while several tenants are here: as many as share a commit well. */
const PLACES = 32;
/** What may wait of one tenant. */
const WAITING_MOST = 8_192;

const waits = ({ waiting, from }: Lane): boolean => from < waiting.length;

/**
 * Deficit round robin over tenants. Each has its part of the places at once, by its share of those who are here; what others
 * leave goes round. Whoever is alone is never held up. `shareOf` is asked when a tenant comes.
 */
export function turns(shareOf: (tenant: TenantId) => number, places = PLACES): Turns {
  const lanes = new Map<TenantId, Lane>();
  let total = 0;
  let shares = 0;

  function arrive(tenant: TenantId): Lane {
    const lane: Lane = { active: 0, waiting: [], from: 0, share: shareOf(tenant), credit: 0 };
    lanes.set(tenant, lane);
    shares += lane.share;
    return lane;
  }
  /** What it has by right. */
  const isWithin = (lane: Lane): boolean =>
    lane.active < Math.max(1, Math.floor((places * lane.share) / shares));
  const hasRoom = (lane: Lane): boolean => lanes.size === 1 || total < places || isWithin(lane);

  function begin(lane: Lane): void {
    lane.active += 1;
    total += 1;
  }
  function admit(lane: Lane): void {
    const next = lane.waiting[lane.from];
    lane.from += 1;
    if (lane.from === lane.waiting.length) [lane.waiting, lane.from] = [[], 0];
    begin(lane);
    next?.();
  }
  /** Lets in whoever has room by right, then goes round with what is left. */
  function fill(): void {
    for (const lane of lanes.values())
      while (waits(lane) && (lanes.size === 1 || isWithin(lane))) admit(lane);
    for (let some = true; some && total < places; ) {
      some = false;
      for (const [tenant, lane] of lanes) {
        if (!waits(lane)) continue;
        some = true;
        if (lane.credit < 1) lane.credit += lane.share;
        while (waits(lane) && lane.credit >= 1 && total < places) {
          lane.credit -= 1;
          admit(lane);
        }
        if (!waits(lane)) lane.credit = 0;
        // Its round is over: the next one begins with somebody else.
        if (lane.credit < 1) {
          lanes.delete(tenant);
          lanes.set(tenant, lane);
        }
        if (total >= places) return;
      }
    }
  }
  function end(tenant: TenantId, lane: Lane): void {
    lane.active -= 1;
    total -= 1;
    if (lane.active === 0 && !waits(lane)) {
      lanes.delete(tenant);
      shares -= lane.share;
    }
    fill();
  }

  return {
    async take(tenant, work) {
      const lane = lanes.get(tenant) ?? arrive(tenant);
      if (!waits(lane) && hasRoom(lane)) begin(lane);
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
