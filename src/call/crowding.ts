import type { Principal } from "./principal.ts";

type Holder = Pick<Principal, "tenant" | "id">;

/** Who has the most places, where that is more than whoever comes would have with another. */
function most(names: readonly string[], coming: string): string | undefined {
  const counts = new Map<string, number>();
  for (const name of names) counts.set(name, (counts.get(name) ?? 0) + 1);
  let found: string | undefined;
  let bound = (counts.get(coming) ?? 0) + 1;
  for (const [name, count] of counts) if (count > bound) [found, bound] = [name, count];
  return found;
}

/**
 * Where all places are taken: what has to go for somebody who comes is among these. They are of the tenant that has the most, else of
 * whoever has the most in the own one; none where nobody has more than whoever comes.
 */
export function crowding<T>(
  taken: readonly T[],
  holderOf: (of: T) => Holder | undefined,
  coming: Holder,
): readonly T[] {
  const held = taken.flatMap((of) => {
    const holder = holderOf(of);
    return holder === undefined ? [] : [{ of, holder }];
  });
  const tenants = held.map(({ holder }) => holder.tenant);
  const tenant = most(tenants, coming.tenant);
  const those = held.filter(({ holder }) => holder.tenant === (tenant ?? coming.tenant));
  const ids = those.map(({ holder }) => holder.id);
  // In another tenant whoever has the most goes first, and where all have one, anybody.
  const id = tenant === undefined ? most(ids, coming.id) : most(ids, "");
  if (id === undefined && tenant === undefined) return [];
  return those.filter(({ holder }) => id === undefined || holder.id === id).map(({ of }) => of);
}
