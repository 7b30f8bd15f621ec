import type { Era } from "../call/call.ts";
import { crowding } from "../call/crowding.ts";
import type { Principal } from "../call/principal.ts";
import type { Whom } from "./credential/credential.ts";
import { busy, over } from "./failure.ts";
import type { Leg } from "./leg.ts";

/** A leg as its pool sees it. */
export interface PooledLeg extends Leg {
  /** Monotonic ms since when nothing has been under way; undefined while something is. */
  readonly idle_since: number | undefined;
}

/** The open legs of one server, bounded in number. */
export interface Crowd {
  /** The living leg of that conversation, or a new one. Rejects with Fault `upstream-busy` where there is no room. */
  readonly get: (key: string, era: Era, whom?: Whom) => Promise<Leg>;
  /** How many are alive or being opened. */
  readonly size: number;
  /** Ends every leg, and those that were on their way out. */
  close(): Promise<void>;
}

interface Slot {
  readonly era: Era;
  /** For whom it was opened. */
  readonly holder: Principal | undefined;
  readonly opening: Promise<PooledLeg>;
  leg: PooledLeg | undefined;
}

export function crowd(
  server: string,
  most: number,
  open: (key: string, era: Era, whom?: Whom) => Promise<PooledLeg>,
): Crowd {
  const slots = new Map<string, Slot>();
  const leaving = new Set<Promise<void>>();
  let closed = false;

  const dismiss = (name: string, slot: Slot): void => {
    slots.delete(name);
    const left: Promise<void> = slot.opening
      .then(
        (leg) => leg.close(),
        () => undefined,
      )
      .finally(() => leaving.delete(left));
    leaving.add(left);
  };
  const isDead = ({ leg }: Slot): boolean => leg !== undefined && !leg.alive;

  /** Nobody keeps others out by having many legs: of theirs the longest idle goes; for another tenant one in use, too. */
  const yieldTo = (coming: Principal): void => {
    const since = ({ leg }: Slot): number => leg?.idle_since ?? Infinity;
    const [first] = crowding([...slots], ([, { holder }]) => holder, coming)
      .filter(([, slot]) => since(slot) < Infinity || slot.holder?.tenant !== coming.tenant)
      .toSorted(([, a], [, b]) => (since(a) < since(b) ? -1 : 1));
    if (first !== undefined) dismiss(...first);
  };

  /**
   * A modern leg has no session, so one with nothing under way can go; a legacy one is its client's until it ends, or until somebody
   * comes who has fewer.
   */
  const makeRoom = (whom: Whom | undefined): void => {
    let idlest: { readonly name: string; readonly slot: Slot; readonly since: number } | undefined;
    for (const [name, slot] of slots) {
      if (isDead(slot)) dismiss(name, slot);
      const since = slot.leg?.idle_since;
      if (slot.era === "legacy" || since === undefined) continue;
      if (idlest === undefined || since < idlest.since) idlest = { name, slot, since };
    }
    if (slots.size >= most && idlest !== undefined && !isDead(idlest.slot)) dismiss(idlest.name, idlest.slot);
    if (slots.size >= most && whom !== undefined) yieldTo(whom.principal);
    if (slots.size >= most) throw busy(server, `${most} conversations, which is its bound (\`sessions\`)`);
  };

  return {
    get size() {
      let living = 0;
      for (const slot of slots.values()) if (!isDead(slot)) living += 1;
      return living;
    },
    async get(key, era, whom) {
      if (closed) throw over(server, "the gate is closing");
      const name = `${era} ${key}`;
      const known = slots.get(name);
      if (known !== undefined && !isDead(known)) return known.opening;
      if (known !== undefined) dismiss(name, known);
      if (slots.size >= most) makeRoom(whom);
      const slot: Slot = { era, holder: whom?.principal, opening: open(key, era, whom), leg: undefined };
      slots.set(name, slot);
      try {
        slot.leg = await slot.opening;
      } catch (error) {
        if (slots.get(name) === slot) slots.delete(name);
        throw error;
      }
      return slot.leg;
    },
    async close() {
      closed = true;
      for (const [name, slot] of slots) dismiss(name, slot);
      await Promise.all(leaving);
    },
  };
}
