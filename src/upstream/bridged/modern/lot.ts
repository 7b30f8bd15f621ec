import { randomUUID } from "node:crypto";
import type { Instant } from "../../../call/id.ts";
import { open, seal } from "./seal.ts";

/** How long a call waits for its client to come back with an answer. */
const PARKED_MS = 600_000;
/** Calls of one conversation that wait for their client, and of all conversations with one server. */
const OWN_MOST = 64;
const ALL_MOST = 1024;

/** A call that can wait for its client. */
export interface Waiting {
  /** Nobody came back in time. */
  expire(): void;
}

/** How many calls wait at one server, of all conversations. */
export interface Yard {
  parked: number;
}

interface Place<T> {
  readonly of: T;
  readonly about: string;
  round: number;
  /** Fires when nobody came back; undefined while its client is there. */
  timer: NodeJS.Timeout | undefined;
}

/** The calls of one conversation that wait for their client, and the states under which they can be found again. */
export interface Lot<T> {
  /**
   * Lets a call wait, and gives the state that leads back to it once; the states it had before lead nowhere. Undefined
   * where there is no room.
   */
  park(of: T, about: string): string | undefined;
  /** The call that a state leads to; undefined where it leads nowhere, for whatever reason. */
  find(state: string, about: string): T | undefined;
  /** Its client is back: no state leads to it any more. */
  take(of: T): void;
  /** It will not wait again. */
  leave(of: T): void;
  /** All that wait, or whose client is back. */
  readonly all: readonly T[];
  clear(): void;
}

/** `now` is the wall clock. */
export function lot<T extends Waiting>(yard: Yard, now: () => Instant): Lot<T> {
  const places = new Map<string, Place<T>>();
  const names = new Map<T, string>();

  const enter = (of: T, about: string): string | undefined => {
    const known = names.get(of);
    if (known !== undefined) return known;
    if (places.size >= OWN_MOST || yard.parked >= ALL_MOST) return undefined;
    const name = randomUUID();
    places.set(name, { of, about, round: 0, timer: undefined });
    names.set(of, name);
    yard.parked += 1;
    return name;
  };
  const placeOf = (of: T): Place<T> | undefined => places.get(names.get(of) ?? "");
  const leave = (of: T): void => {
    const place = placeOf(of);
    const name = names.get(of);
    if (place === undefined || name === undefined) return;
    clearTimeout(place.timer);
    places.delete(name);
    names.delete(of);
    yard.parked -= 1;
  };

  return {
    park(of, about) {
      const name = enter(of, about);
      const place = name === undefined ? undefined : places.get(name);
      if (name === undefined || place === undefined) return undefined;
      place.round += 1;
      clearTimeout(place.timer);
      place.timer = setTimeout(() => {
        leave(of);
        of.expire();
      }, PARKED_MS).unref();
      return seal({ call: name, round: place.round, expires: now() + PARKED_MS }, place.about);
    },
    find(state, about) {
      const said = open(state, about);
      const place = said === undefined ? undefined : places.get(said.call);
      if (said === undefined || place === undefined || place.timer === undefined) return undefined;
      return said.round === place.round && now() < said.expires ? place.of : undefined;
    },
    take(of) {
      const place = placeOf(of);
      if (place === undefined) return;
      clearTimeout(place.timer);
      place.timer = undefined;
    },
    leave,
    get all() {
      return [...names.keys()];
    },
    clear() {
      for (const of of names.keys()) leave(of);
    },
  };
}
