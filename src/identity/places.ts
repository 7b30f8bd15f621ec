import type { Principal } from "../call/principal.ts";

/** Addresses of one credential that are remembered. */
const MOST = 64;

/** Somebody as they come from an address. For the same one it is the same object, by which rules remember what they found out. */
export function places(): (principal: Principal, address: string) => Principal {
  const known = new WeakMap<Principal, Map<string, Principal>>();
  return (principal, address) => {
    const from = known.get(principal) ?? new Map<string, Principal>();
    known.set(principal, from);
    const found = from.get(address);
    if (found !== undefined) return found;
    const made: Principal = Object.freeze({ ...principal, address: address.replace(/^::ffff:/, "") });
    if (from.size >= MOST) from.clear();
    from.set(address, made);
    return made;
  };
}
