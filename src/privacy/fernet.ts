import { createCipheriv, createDecipheriv, createHmac, randomBytes, timingSafeEqual } from "node:crypto";
import { Unreadable } from "./jwe.ts";

const VERSION = 0x80;
const HEAD = 1 + 8;
const IV = 16;
const MAC = 32;
const BLOCK = 16;
/** How far ahead the clock of whoever made a token may be (specification, "Verifying"). */
const AHEAD_S = 60;

/** When a token is looked at, s, and how old it may be, s; absent: as old as it likes. */
export interface FernetTime {
  readonly now_s: number;
  readonly ttl_s?: number;
}

function halves(key: Uint8Array): readonly [sign: Uint8Array, encrypt: Uint8Array] {
  if (key.length !== 32) throw new RangeError("a Fernet key has 32 bytes");
  return [key.subarray(0, 16), key.subarray(16)];
}

/** Text that is base64url with padding and nothing else: libraries take what is not. */
function bytesOf(token: string): Buffer {
  const bytes = Buffer.from(token, "base64url");
  const isWhole = token.length % 4 === 0 && /^[A-Za-z0-9_-]*={0,2}$/.test(token);
  if (!isWhole) throw new Unreadable("the token is not base64url");
  return bytes;
}

/**
 * The text of a Fernet token (https://github.com/fernet/spec), opened by the first of the keys that fits. Throws Unreadable where
 * none does, or it is older than `ttl_s` or from the future.
 */
export function openFernet(keys: readonly Uint8Array[], token: string, { now_s, ttl_s }: FernetTime): Buffer {
  const bytes = bytesOf(token.trim());
  const sealed = bytes.length - HEAD - IV - MAC;
  if (bytes[0] !== VERSION || sealed < BLOCK || sealed % BLOCK !== 0)
    throw new Unreadable("it is no Fernet token");
  const at_s = Number(bytes.readBigUInt64BE(1));
  if (ttl_s !== undefined && (at_s + ttl_s < now_s || at_s > now_s + AHEAD_S))
    throw new Unreadable("the token is too old, or from the future");
  const signed = bytes.subarray(0, -MAC);
  for (const key of keys) {
    const [sign, encrypt] = halves(key);
    const mac = createHmac("sha256", sign).update(signed).digest();
    if (!timingSafeEqual(mac, bytes.subarray(-MAC))) continue;
    try {
      const decipher = createDecipheriv("aes-128-cbc", encrypt, bytes.subarray(HEAD, HEAD + IV));
      return Buffer.concat([decipher.update(bytes.subarray(HEAD + IV, -MAC)), decipher.final()]);
    } catch {
      throw new Unreadable("its padding is wrong");
    }
  }
  throw new Unreadable("it was altered, or sealed with another key");
}

/** A Fernet token. `iv` and `now_s` are given by tests of the published vectors. */
export function sealFernet(
  key: Uint8Array,
  text: Uint8Array,
  now_s: number,
  iv: Uint8Array = randomBytes(IV),
): string {
  const [sign, encrypt] = halves(key);
  const head = Buffer.alloc(HEAD);
  head[0] = VERSION;
  head.writeBigUInt64BE(BigInt(now_s), 1);
  const cipher = createCipheriv("aes-128-cbc", encrypt, iv);
  const signed = Buffer.concat([head, iv, cipher.update(text), cipher.final()]);
  const mac = createHmac("sha256", sign).update(signed).digest();
  const bytes = Buffer.concat([signed, mac]);
  return bytes.toString("base64").replaceAll("+", "-").replaceAll("/", "_");
}
