import { hash } from "node:crypto";
import { type Guarding, isGuarded } from "../call/guard.ts";
import type { Found } from "../detect/detector.ts";
import type { Leaf } from "../detect/fields.ts";
import type { Guards, guardsOf } from "../detect/guarding.ts";
import type { Inspected, lookThrough, Sighting } from "../detect/inspection.ts";
import { type Missed, type Pool, pool } from "./inspect-pool.ts";

/** What came of looking at texts: how many were known from before, and whether a thread did it. */
export interface Seen extends Inspected {
  readonly known: number;
  readonly thread: boolean;
}

/** Looks at texts with the guards of a configuration, here where they are short and in a thread where they are not. */
export interface Inspector {
  readonly guarding: Guarding;
  /** The guards, loaded with the first use; `also` are those that a policy needs. */
  readonly guards: (also: ReadonlySet<string>) => Guards | Promise<Guards>;
  readonly look: (
    texts: readonly Leaf[],
    guards: Guards,
    also: ReadonlySet<string>,
  ) => Seen | Promise<Seen | Missed>;
  readonly close: () => Promise<void>;
}

/** So much is looked at on the event loop: about a millisecond, and five at worst. */
export const INLINE = { units: 16_384, texts: 256 } as const;
/** Shorter texts are read again faster than they are looked up. */
const REMEMBERED_FROM = 64;
const REMEMBERED_MOST = 4_096;

interface Remembered {
  readonly found: readonly Found[];
  readonly cut: boolean;
}

/**
 * What a text is remembered by. An argument is judged by all of its path; other texts by their name at most. Undefined where it is not
 * remembered.
 */
function keyOf({ text, field, pieces }: Leaf): string | undefined {
  const { role, name = "", path = [] } = field;
  if (text.length < REMEMBERED_FROM || pieces !== undefined || path.length > 24) return undefined;
  const place = role === "argument" ? JSON.stringify(path) : name;
  return `${role} ${place} ${hash("sha256", text, "base64url")}`;
}

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
  const known = new WeakMap<Guards, Map<string, Remembered>>();
  let threads: Pool | undefined;

  const make = (also: ReadonlySet<string>, { guardsOf: ready }: Module): Guards => {
    const key = [...also].sort().join(" ");
    const guards = made.get(key) ?? ready(guarding, also);
    made.set(key, guards);
    return guards;
  };

  return {
    guarding,
    guards: (also) => (module === undefined ? load().then((it) => make(also, it)) : make(also, module)),
    look(texts, guards, also) {
      const memory = known.get(guards) ?? new Map<string, Remembered>();
      known.set(guards, memory);
      const before: Sighting[] = [];
      const cut: number[] = [];
      const fresh: { readonly at: number; readonly key: string | undefined }[] = [];
      let units = 0;
      for (const [at, leaf] of texts.entries()) {
        const key = keyOf(leaf);
        const found = key === undefined ? undefined : memory.get(key);
        if (found === undefined) {
          fresh.push({ at, key });
          units += leaf.text.length;
          continue;
        }
        for (const each of found.found) before.push({ found: each, leaf: at });
        if (found.cut) cut.push(at);
      }
      const unknown = fresh.map(({ at }) => texts[at]).filter((leaf) => leaf !== undefined);
      const united = (said: Inspected, thread: boolean): Seen => {
        if (said.broke.length === 0) remember(memory, fresh, said);
        const place = (leaf: number): number => fresh[leaf]?.at ?? 0;
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

function remember(
  memory: Map<string, Remembered>,
  fresh: readonly { readonly key: string | undefined }[],
  { sightings, cut }: Inspected,
): void {
  const own = Map.groupBy(sightings, ({ leaf }) => leaf);
  const short = new Set(cut);
  for (const [leaf, { key }] of fresh.entries()) {
    if (key === undefined) continue;
    const found = (own.get(leaf) ?? []).map((each) => each.found);
    const [oldest] = memory.size >= REMEMBERED_MOST ? memory.keys() : [];
    if (oldest !== undefined) memory.delete(oldest);
    memory.set(key, { found, cut: short.has(leaf) });
  }
}
