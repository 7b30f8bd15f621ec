import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type { Instant } from "../call/id.ts";
import { type Principal, whose } from "../call/principal.ts";
import type { KeptMask } from "../store/masks.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";

/** What stands for values that were masked, and gives them back to who may have them. */
export interface Vault {
  /** The id of a value's mark: the same each time for one principal, and for nobody else. Remembered where it is to be given back. */
  readonly token: (principal: Principal, kind: string, value: string) => string;
  /** Resolves when what was remembered is in the store, or cannot be. Never rejects. */
  readonly kept: () => Promise<void>;
  /** The value of a mark that this principal was given; undefined: there is none, or it is forgotten. */
  readonly plain: (principal: Principal, kind: string, id: string) => Promise<string | undefined>;
}

export interface VaultParts {
  /** What the gates of one store share. Undefined: they share nothing, and marks live in this process only. */
  readonly secret: Uint8Array | undefined;
  readonly store: Pick<Store, "forTenant"> & { readonly subjects: Pick<Store["subjects"], "changes"> };
  /** Kinds of which some server gets the values: others are never kept. */
  readonly kinds: ReadonlySet<string>;
  readonly log: Pick<Log, "warn">;
  readonly now: () => Instant;
}

/** How long a mark can be given back after it was last given. */
const LIFE_MS = 24 * 3_600_000;
/** Within a second after somebody was erased no gate remembers what was masked for them. */
const LOOK_MS = 500;
/** Values that are remembered in this process; the one used longest ago goes first, and is in the store. */
const REMEMBERED = 20_000;
/** Longer values are masked and never given back. */
const VALUE_MOST = 1_024;
const DIGITS = "abcdefghijklmnopqrstuvwxyz234567";
const ID_BYTES = 10;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

function digits(bytes: Uint8Array): string {
  let text = "";
  let [held, count] = [0, 0];
  for (const byte of bytes) {
    held = (held << 8) | byte;
    for (count += 8; count >= 5; count -= 5) text += DIGITS[(held >> (count - 5)) & 31] ?? "";
    held &= (1 << count) - 1;
  }
  return text;
}

/** A key of its own for each use and each tenant. */
function keyOf(secret: Uint8Array, use: string, tenant: string): Buffer {
  return Buffer.from(hkdfSync("sha256", secret, "", `portcullis masks ${use} ${tenant}`, 32));
}

/** The same, and remembers those that were asked for. */
function keysOf(root: Uint8Array): (use: string, tenant: string) => Buffer {
  const keys = new Map<string, Buffer>();
  return (use, tenant) => {
    const name = `${use} ${tenant}`;
    const known = keys.get(name) ?? keyOf(root, use, tenant);
    if (keys.size > 2_000) keys.clear();
    keys.set(name, known);
    return known;
  };
}

function seal(key: Uint8Array, about: string, value: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv("aes-256-gcm", key, nonce).setAAD(Buffer.from(about));
  const sealed = Buffer.concat([cipher.update(value, "utf8"), cipher.final()]);
  return Buffer.concat([nonce, sealed, cipher.getAuthTag()]).toString("base64url");
}

/** Undefined where it was sealed with another key, about something else, or changed since. */
function unseal(key: Uint8Array, about: string, sealed: string): string | undefined {
  const bytes = Buffer.from(sealed, "base64url");
  if (bytes.length < NONCE_BYTES + TAG_BYTES) return undefined;
  try {
    const cipher = createDecipheriv("aes-256-gcm", key, bytes.subarray(0, NONCE_BYTES))
      .setAAD(Buffer.from(about))
      .setAuthTag(bytes.subarray(-TAG_BYTES));
    const plain = Buffer.concat([cipher.update(bytes.subarray(NONCE_BYTES, -TAG_BYTES)), cipher.final()]);
    return plain.toString("utf8");
  } catch {
    return undefined;
  }
}

/**
 * Forgets everything whenever somebody was erased, while anything is remembered: which of it was theirs only the key would tell that is
 * gone, and what is others' is in the store. What cannot be asked is not relied on.
 */
function forgetting(remembered: Map<string, unknown>, changes: () => Promise<number>): () => void {
  let seen = changes().catch(() => Number.NaN);
  let looking = false;
  const look = async (): Promise<void> => {
    const before = await seen;
    seen = changes().catch(() => Number.NaN);
    if ((await seen) !== before) remembered.clear();
    looking = remembered.size > 0;
    if (looking) later();
  };
  const later = (): void => void setTimeout(() => void look(), LOOK_MS).unref();
  return () => {
    if (looking) return;
    looking = true;
    later();
  };
}

/**
 * Marks for masked values. An id is a keyed digest of tenant, principal, kind and value, so nobody can make one up, and the id of one
 * principal means nothing with another. Values are kept sealed in the store, with tenant, principal, kind and id bound in, so that
 * every gate that has the secret gives them back; without a secret they stay in this process.
 */
export function vault({ secret, store, kinds, log, now }: VaultParts): Vault {
  const key = keysOf(secret ?? randomBytes(32));
  const remembered = new Map<string, { readonly value: string; readonly expires: Instant }>();
  const follow = kinds.size === 0 ? () => {} : forgetting(remembered, () => store.subjects.changes());
  let waiting = new Map<string, KeptMask[]>();
  let writing: Promise<void> = Promise.resolve();

  const about = (principal: Principal, kind: string, id: string): string =>
    JSON.stringify([principal.tenant, principal.id, kind, id]);
  const remember = (name: string, value: string, expires: Instant): void => {
    remembered.delete(name);
    remembered.set(name, { value, expires });
    follow();
    const [oldest] = remembered.size > REMEMBERED ? remembered.keys() : [];
    if (oldest !== undefined) remembered.delete(oldest);
  };
  const write = async (): Promise<void> => {
    const batch = waiting;
    waiting = new Map();
    for (const [tenant, masks] of batch)
      try {
        await store.forTenant(tenant).masks.put(masks, now());
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        log.warn(
          { tenant, reason },
          "what marks stand for could not be stored: only this process gives it back",
        );
      }
  };

  return {
    token(principal, kind, value) {
      const digest = createHmac("sha256", key("ids", principal.tenant))
        .update(JSON.stringify([whose(principal), kind, value]))
        .digest();
      const id = digits(digest.subarray(0, ID_BYTES));
      if (!kinds.has(kind) || value.length > VALUE_MOST) return id;
      const name = about(principal, kind, id);
      const known = remembered.get(name);
      const expires = now() + LIFE_MS;
      remember(name, value, expires);
      // A mark that was given within the hour is in the store already.
      if (secret === undefined || (known !== undefined && known.expires > expires - LIFE_MS / 24)) return id;
      const sealed = seal(key("values", principal.tenant), name, value);
      const masks = waiting.get(principal.tenant) ?? [];
      waiting.set(principal.tenant, masks);
      masks.push({ principal: principal.id, id, sealed, expires });
      return id;
    },
    kept() {
      if (waiting.size > 0) writing = writing.then(write);
      return writing;
    },
    async plain(principal, kind, id) {
      if (!kinds.has(kind)) return undefined;
      const name = about(principal, kind, id);
      const known = remembered.get(name);
      if (known !== undefined && known.expires > now()) return known.value;
      if (secret === undefined) return undefined;
      const sealed = await store.forTenant(principal.tenant).masks.get(principal.id, id, now());
      const value = sealed === undefined ? undefined : unseal(key("values", principal.tenant), name, sealed);
      if (value !== undefined) remember(name, value, now() + LIFE_MS / 24);
      return value;
    },
  };
}
