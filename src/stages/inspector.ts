import { type Guarding, isGuarded } from "../call/guard.ts";
import type { TenantId } from "../call/principal.ts";
import type { Leaf } from "../detect/fields.ts";
import type { Guards, guardsOf } from "../detect/guarding.ts";
import type { Whole } from "../detect/outsider.ts";
import type { Inspected, lookThrough, Sighting } from "../detect/inspection.ts";
import { type Memory, memory, type Remembered } from "./inspect-memory.ts";
import { type Missed, type Pool, pool } from "./inspect-pool.ts";

/** What came of looking at texts: how many were known from before, and whether a thread did it. */
export interface Seen extends Inspected {
  readonly known: number;
  readonly thread: boolean;
}

/** Looks at texts with the guards of a configuration, here where they are short and in a thread where they are not. */
export interface Inspector {
  readonly guarding: Guarding;
  /** Whether some guard judges messages as a whole, and so those without a text too. */
  readonly whole?: boolean;
  /** The guards, loaded with the first use; `also` are those that a policy needs. */
  readonly guards: (also: ReadonlySet<string>) => Guards | Promise<Guards>;
  readonly look: (
    tenant: TenantId,
    texts: readonly Leaf[],
    guards: Guards,
    also: ReadonlySet<string>,
    /** The message that they are of, for guards that judge it as a whole. */
    whole: () => Whole,
  ) => Seen | Promise<Seen | Missed>;
  readonly close: () => Promise<void>;
}

/** So much is looked at on the event loop: about a millisecond, and five at worst. */
export const INLINE = { units: 16_384, texts: 256 } as const;
/** Detectors are loaded some moments after the gate was made, unless a text comes first. */
const PRELOAD_MS = 20;

interface Module {
  readonly guardsOf: typeof guardsOf;
  readonly lookThrough: typeof lookThrough;
}

/** `now` gives milliseconds with a fraction. */
export function inspector(guarding: Guarding, now: () => number): Inspector {
  let module: Module | undefined;
  let loading: Promise<Module> | undefined;
  const load = (): Promise<Module> =>
    (loading ??= Promise.all([import("../detect/guarding.ts"), import("../detect/inspection.ts")]).then(
      ([guarding, inspection]) =>
        (module = { guardsOf: guarding.guardsOf, lookThrough: inspection.lookThrough }),
    ));
  const preload = isGuarded(guarding) ? setTimeout(() => void load(), PRELOAD_MS) : undefined;
  const made = new Map<string, Guards>();
  /** The same set is asked about with every message. */
  const madeFor = new WeakMap<ReadonlySet<string>, Guards>();
  const memories = new WeakMap<Guards, Memory>();
  let threads: Pool | undefined;

  const make = (also: ReadonlySet<string>, { guardsOf: ready }: Module): Guards => {
    const key = [...also].sort().join(" ");
    const guards = made.get(key) ?? ready(guarding, also);
    made.set(key, guards);
    madeFor.set(also, guards);
    return guards;
  };

  return {
    guarding,
    guards: (also) =>
      madeFor.get(also) ?? (module === undefined ? load().then((it) => make(also, it)) : make(also, module)),
    look(tenant, texts, guards, also) {
      const own = memories.get(guards) ?? memory();
      memories.set(guards, own);
      const { before, cut, fresh, units } = recalled(tenant, texts, own);
      const unknown = fresh.length === texts.length ? texts : fresh.flatMap((at) => texts[at] ?? []);
      const united = (said: Inspected, thread: boolean): Seen => {
        if (said.broke.length === 0) remember(own, tenant, unknown, said);
        const place = (leaf: number): number => fresh[leaf] ?? 0;
        return {
          sightings: [...before, ...said.sightings.map(({ found, leaf }) => ({ found, leaf: place(leaf) }))],
          us: said.us,
          broke: said.broke,
          cut: [...cut, ...said.cut.map(place)],
          known: texts.length - fresh.length,
          thread,
        };
      };
      if (module !== undefined && units <= INLINE.units && unknown.length <= INLINE.texts)
        return united(module.lookThrough(unknown, guards.detectors, now), false);
      threads ??= pool();
      return threads
        .look({ guarding, also: [...also].sort(), texts: unknown })
        .then((said) => (typeof said === "string" ? said : united(said, true)));
    },
    async close() {
      clearTimeout(preload);
      await threads?.close();
    },
  };
}

/** What is known of some texts from before, and which of them are new: their places, and how long they are together. */
interface Recalled {
  readonly before: readonly Sighting[];
  readonly cut: readonly number[];
  readonly fresh: readonly number[];
  readonly units: number;
}

function recalled(tenant: TenantId, texts: readonly Leaf[], own: Memory): Recalled {
  const before: Sighting[] = [];
  const cut: number[] = [];
  const fresh: number[] = [];
  let units = 0;
  for (const [at, leaf] of texts.entries()) {
    const known = own.find(tenant, leaf);
    if (known === undefined) {
      fresh.push(at);
      units += leaf.text.length;
      continue;
    }
    for (const found of known.found) before.push({ found, leaf: at });
    if (known.cut) cut.push(at);
  }
  return { before, cut, fresh, units };
}

const CLEAN: Remembered = Object.freeze({ found: [], cut: false });

function remember(
  own: Memory,
  tenant: TenantId,
  texts: readonly Leaf[],
  { sightings, cut }: Inspected,
): void {
  if (sightings.length === 0 && cut.length === 0) {
    for (const leaf of texts) own.keep(tenant, leaf, CLEAN);
    return;
  }
  const found = Map.groupBy(sightings, ({ leaf }) => leaf);
  for (const [at, leaf] of texts.entries())
    own.keep(tenant, leaf, { found: (found.get(at) ?? []).map((each) => each.found), cut: cut.includes(at) });
}
