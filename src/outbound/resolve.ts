import { lookup, type LookupAddress } from "node:dns";
import type { LookupFunction } from "node:net";
import { type Allowed, mayReach } from "./reach.ts";

/** A host none of whose addresses may be connected to. */
export class Barred extends Error {
  override readonly name = "Barred";
}

/** Those of a host's addresses that may be connected to; throws where there is none. */
export function publicAddress(
  host: string,
  addresses: readonly string[],
  allowed: Allowed,
): readonly string[] {
  const open = addresses.filter((address) => mayReach(host, address, allowed));
  if (open.length > 0) return open;
  throw new Barred(`${host} is inside, and is not reached from here; \`outbound.allow\` lists exceptions`);
}

/**
 * Looks a name up and gives only addresses that may be connected to. The connection is made to what is given here, so a
 * name cannot stand for another address by then.
 */
export function guarded(allowed: Allowed): LookupFunction {
  return (host, options, callback) => {
    lookup(host, { ...options, all: true }, (error, found: LookupAddress[]) => {
      if (error !== null) return callback(error, "", 0);
      try {
        const open = new Set(
          publicAddress(
            host,
            found.map(({ address }) => address),
            allowed,
          ),
        );
        const kept = found.filter(({ address }) => open.has(address));
        const [first] = kept;
        if (options.all === true) return callback(null, kept);
        return callback(null, first?.address ?? "", first?.family ?? 0);
      } catch (barred) {
        return callback(barred as Error, "", 0);
      }
    });
  };
}
