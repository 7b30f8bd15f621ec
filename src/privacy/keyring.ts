import { hash } from "node:crypto";
import { kidOf, seal, type SealingKey, sealingKey, unseal } from "./jwe.ts";
import { MissingKey, type Root, type RootKey } from "./root.ts";

/** Keys that are at hand, the first in use. */
export interface HeldKey {
  readonly bytes: Uint8Array;
  /** ms; undefined where nobody says. */
  readonly at: number | undefined;
}

/** The name of a key: enough of its digest to tell it from others, too little to find it. Keys are random. */
export function nameOf(bytes: Uint8Array): string {
  return `local:${hash("sha256", Buffer.concat([Buffer.from("portcullis root"), bytes]), "hex").slice(0, 16)}`;
}

/** Wraps by keys that are at hand. `held` is asked each time, so that a key that came since is found. */
export function localRoot(where: string, held: () => readonly HeldKey[]): Root {
  const all = (): readonly (SealingKey & { readonly at: number | undefined })[] =>
    held().map(({ bytes, at }) => ({ ...sealingKey(bytes, nameOf(bytes)), at }));
  const first = (): SealingKey => {
    const [key] = all();
    if (key === undefined) throw new MissingKey("that is to seal", where);
    return key;
  };
  return {
    where,
    primary: async () => first().kid,
    wrap: async (plain) => seal(first(), Buffer.from(plain).toString("base64url")),
    async unwrap(wrapped, by) {
      const key = all().find(({ kid }) => kid === (kidOf(wrapped) ?? by));
      if (key === undefined) throw new MissingKey(by, where);
      return Buffer.from(unseal(key, wrapped), "base64url");
    },
    keys: async () => all().map(({ kid, at }, index): RootKey => ({ id: kid, at, primary: index === 0 })),
  };
}
