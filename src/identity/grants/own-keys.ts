import { exportJWK, generateKeyPair, importJWK, type JWK } from "jose";
import type { Instant } from "../../call/id.ts";
import { isObject } from "../../call/json.ts";
import type { SignIns, SigningKey } from "../../store/people/sign-ins.ts";
import { unavailable } from "../fetched.ts";
import type { Sealer } from "../sealer.ts";

/** The keys with which gates of a store sign their own tokens; in the store, sealed. Reject with Fault `identity-unavailable`. */
export interface OwnKeys {
  /** What signs now. */
  current(): Promise<{ readonly kid: string; readonly key: Awaited<ReturnType<typeof importJWK>> }>;
  /** What others verify with: present and lately past. */
  published(): Promise<readonly JWK[]>;
  /** One to verify with; undefined where nobody has it. */
  verifying(kid: string): Promise<Awaited<ReturnType<typeof importJWK>> | undefined>;
}

export const KEYS_PURPOSE = "own signing keys";
const ALGORITHM = "ES256";
/** A key signs for a week, and is published for another, longer than any token that it signed. */
const SIGNS_MS = 7 * 24 * 3_600_000;
const KEPT_MS = 2 * SIGNS_MS;
/** How long keys that were read are used without asking again; one that nobody knows is asked for at once. */
const READ_MS = 30_000;

async function make(sealed: Sealer, at: Instant): Promise<SigningKey> {
  const pair = await generateKeyPair(ALGORITHM, { extractable: true });
  const id = crypto.randomUUID();
  const about = { kid: id, alg: ALGORITHM, use: "sig" };
  const [open, hidden] = await Promise.all([exportJWK(pair.publicKey), exportJWK(pair.privateKey)]);
  return {
    id,
    public: JSON.stringify({ ...open, ...about }),
    sealed: await sealed.seal(JSON.stringify({ ...hidden, ...about })),
    made_at: at,
  };
}

function jwkOf(text: string): JWK {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new Error("a key that is none");
  return value;
}

/** `sealed` has the purpose `KEYS_PURPOSE`. */
export function ownKeys(signIns: SignIns, sealed: Sealer, now: () => Instant): OwnKeys {
  let read: { readonly at: Instant; readonly keys: readonly SigningKey[] } | undefined;

  async function known(afresh = false): Promise<readonly SigningKey[]> {
    const at = now();
    if (!afresh && read !== undefined && Math.abs(at - read.at) < READ_MS) return read.keys;
    try {
      let keys = await signIns.signingKeys();
      if ((keys[0]?.made_at ?? 0) + SIGNS_MS <= at) {
        // Gates that make one at the same time agree on the first.
        await signIns.addSigningKey(await make(sealed, at), at - SIGNS_MS, at - KEPT_MS);
        keys = await signIns.signingKeys();
      }
      read = { at, keys: keys.filter(({ made_at }) => made_at + KEPT_MS > at) };
      return read.keys;
    } catch (error) {
      throw unavailable("the signing keys of the store", error);
    }
  }

  return {
    async current() {
      const [newest] = await known();
      const text = newest === undefined ? undefined : await sealed.open(newest.sealed);
      if (newest === undefined || text === undefined)
        throw unavailable("the signing keys of the store were sealed with another secret");
      return { kid: newest.id, key: await importJWK(jwkOf(text)) };
    },
    published: async () => (await known()).map((each) => jwkOf(each.public)),
    async verifying(kid) {
      const has = ({ id }: SigningKey): boolean => id === kid;
      const found = (await known()).find(has) ?? (await known(true)).find(has);
      return found === undefined ? undefined : await importJWK(jwkOf(found.public));
    },
  };
}
