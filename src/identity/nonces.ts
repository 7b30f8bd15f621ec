import { randomBytes } from "node:crypto";
import type { Credentials } from "../store/people/credentials.ts";
import { unavailable } from "./fetched.ts";

/** How long a nonce is given out; it is taken for as long again. */
const SLOT_MS = 60_000;

/** What DPoP proofs must hold (RFC 9449 §8), the same at every gate of a store. `at` is ms. Reject with Fault `identity-unavailable`. */
export interface Nonces {
  current(at: number): Promise<string>;
  takes(nonce: string, at: number): Promise<boolean>;
}

export function nonces({ nonce: agreed }: Pick<Credentials, "nonce">): Nonces {
  const known = new Map<number, Promise<string>>();
  function of(slot: number): Promise<string> {
    const found = known.get(slot);
    if (found !== undefined) return found;
    const asked = agreed(slot, randomBytes(16).toString("base64url")).catch((error: unknown) => {
      known.delete(slot);
      throw unavailable("the nonces of the store", error);
    });
    known.set(slot, asked);
    for (const old of known.keys()) if (old < slot - 1) known.delete(old);
    return asked;
  }
  const slotOf = (at: number): number => Math.floor(at / SLOT_MS);
  return {
    current: (at) => of(slotOf(at)),
    async takes(nonce, at) {
      const slot = slotOf(at);
      return nonce === (await of(slot)) || nonce === (await of(slot - 1));
    },
  };
}
