import { createCipheriv, createDecipheriv, randomBytes } from "node:crypto";
import type { Instant } from "../../../call/id.ts";
import type { Json } from "../../../call/json.ts";

/** What a sealed state says: which call waits, for which round, and until when. */
export interface Sealed {
  readonly call: string;
  readonly round: number;
  readonly expires: Instant;
}

const CIPHER = "aes-256-gcm";
const IV_BYTES = 12;
const TAG_BYTES = 16;
/** A state of ours is far shorter. */
const CHARS_MOST = 512;
/** Lives and dies with the process, as the calls that wait do. */
const KEY = randomBytes(32);

/**
 * A state that its holder can neither read nor alter. `about` is what it is bound to (whose it is, and for which request):
 * it is not inside, and whoever opens the state must say the same.
 */
export function seal({ call, round, expires }: Sealed, about: string, key: Uint8Array = KEY): string {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, key, iv, { authTagLength: TAG_BYTES }).setAAD(Buffer.from(about));
  const text = cipher.update(JSON.stringify([call, round, expires]), "utf8");
  return Buffer.concat([iv, text, cipher.final(), cipher.getAuthTag()]).toString("base64url");
}

/** What a state says; undefined for one that was not sealed with this key (32 bytes; this process's own) about this. */
export function open(state: string, about: string, key: Uint8Array = KEY): Sealed | undefined {
  if (state.length > CHARS_MOST) return undefined;
  const bytes = Buffer.from(state, "base64url");
  // One state has one spelling, so that it cannot be shown twice under two.
  if (bytes.length <= IV_BYTES + TAG_BYTES || bytes.toString("base64url") !== state) return undefined;
  const tag = bytes.length - TAG_BYTES;
  try {
    const decipher = createDecipheriv(CIPHER, key, bytes.subarray(0, IV_BYTES), { authTagLength: TAG_BYTES })
      .setAAD(Buffer.from(about))
      .setAuthTag(bytes.subarray(tag));
    const text = decipher.update(bytes.subarray(IV_BYTES, tag), undefined, "utf8") + decipher.final("utf8");
    return sealedIn(JSON.parse(text) as Json);
  } catch {
    return undefined;
  }
}

function sealedIn(said: Json): Sealed | undefined {
  const [call, round, expires] = Array.isArray(said) ? (said as readonly Json[]) : [];
  return typeof call === "string" && typeof round === "number" && typeof expires === "number"
    ? { call, round, expires }
    : undefined;
}
