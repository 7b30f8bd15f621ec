import type { Guards } from "../detect/guarding.ts";
import type { Sighting } from "../detect/inspection.ts";
import type { Looked, Outsider } from "../detect/outsider.ts";
import { LACKS } from "./inspect-detail.ts";
import type { Missed } from "./inspect-pool.ts";
import type { Inspector, Seen } from "./inspector.ts";

interface Said {
  readonly outsider: Outsider;
  readonly looked: Looked;
}

/** What the built-in guards and the others saw, as one. Who did not look at all is in `broke`, and never in `us`. */
function united(own: Seen | Missed, guards: Guards, all: readonly Said[]): Seen {
  const lacks: Record<string, string> = {};
  const us: Record<string, number> = {};
  const observed: Record<string, number> = {};
  const sightings: Sighting[] = [];
  if (typeof own === "string") for (const { name } of guards.detectors) lacks[name] = LACKS[own];
  for (const { outsider, looked } of all) {
    if (looked.kind === "missed") lacks[outsider.name] = looked.why;
    if (looked.kind !== "looked") continue;
    us[outsider.name] = looked.us;
    // What an observer found is on record as a number, and nobody judges by it.
    if (outsider.tier !== "observe") sightings.push(...looked.sightings);
    else if (looked.sightings.length > 0) observed[outsider.name] = looked.sightings.length;
  }
  const seen: Seen =
    typeof own === "string" ? { sightings: [], us: {}, broke: [], cut: [], known: 0, thread: false } : own;
  return {
    ...seen,
    sightings: [...seen.sightings, ...sightings],
    us: { ...seen.us, ...us },
    broke: [...new Set([...seen.broke, ...Object.keys(lacks)])],
    ...(Object.keys(lacks).length > 0 && { lacks }),
    ...(Object.keys(observed).length > 0 && { observed }),
  };
}

/** The same inspector, which shows all texts to other guards too, at once. What those may lead to is bounded by their tiers. */
export function beside(own: Inspector, outsiders: readonly Outsider[]): Inspector {
  if (outsiders.length === 0) return own;
  const byName = new Map(outsiders.map((each) => [each.name, each]));
  const wide = new WeakMap<Guards, Guards>();
  const narrow = new WeakMap<Guards, Guards>();
  const widened = (guards: Guards): Guards => {
    const before = wide.get(guards);
    if (before !== undefined) return before;
    const made: Guards = {
      ...guards,
      actionOf: (found, field) =>
        byName.get(found.guard)?.actionOf(found, field) ?? guards.actionOf(found, field),
      brokenOf: (guard) => byName.get(guard)?.broken ?? guards.brokenOf(guard),
      mayMask: (guard) => (byName.get(guard)?.tier ?? "rewrite") === "rewrite",
    };
    wide.set(guards, made);
    narrow.set(made, guards);
    return made;
  };
  return {
    ...own,
    whole: outsiders.some(({ whole }) => whole === true),
    guards(also) {
      const guards = own.guards(also);
      return guards instanceof Promise ? guards.then(widened) : widened(guards);
    },
    async look(tenant, texts, guards, also, whole) {
      const inner = narrow.get(guards) ?? guards;
      const [seen, all] = await Promise.all([
        own.look(tenant, texts, inner, also, whole),
        Promise.all(
          outsiders.map(
            async (outsider): Promise<Said> => ({
              outsider,
              looked: await outsider.look(texts, whole, tenant),
            }),
          ),
        ),
      ]);
      return united(seen, inner, all);
    },
  };
}
