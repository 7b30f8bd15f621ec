import {
  createCipheriv,
  createDecipheriv,
  createSecretKey,
  type KeyObject,
  randomFillSync,
} from "node:crypto";
import { isObject } from "../call/json.ts";

/** A key that seals, and what every token of it begins with. */
export interface SealingKey {
  readonly kid: string;
  readonly key: KeyObject;
  /** The protected header as it stands in tokens; its bytes are what is authenticated beside the text. */
  readonly header: string;
  readonly aad: Buffer;
}

/** Bytes of a key. */
export const KEY_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 16;

/** What could not be opened: it was altered, it is no such token, or the key is another. Holds nothing of it. */
export class Unreadable extends Error {
  override readonly name = "Unreadable";
}

/** A key of 32 bytes under its name. Throws RangeError where it has another length. */
export function sealingKey(bytes: Uint8Array, kid: string): SealingKey {
  if (bytes.byteLength !== KEY_BYTES) throw new RangeError(`a key has ${KEY_BYTES} bytes`);
  const header = Buffer.from(JSON.stringify({ alg: "dir", enc: "A256GCM", kid })).toString("base64url");
  return { kid, key: createSecretKey(bytes), header, aad: Buffer.from(header, "latin1") };
}

const POOL = Buffer.alloc(256 * IV_BYTES);
let taken = POOL.length;

/** Where in the pool there are random bytes that nothing was sealed with: a system call for each costs as much as sealing. */
function nextIv(): number {
  if (taken === POOL.length) {
    randomFillSync(POOL);
    taken = 0;
  }
  taken += IV_BYTES;
  return taken - IV_BYTES;
}

/** JWE compact (RFC 7516), `dir` with `A256GCM`: whoever has the key opens it with any JOSE library. */
export function seal({ key, header, aad }: SealingKey, text: string): string {
  const at = nextIv();
  const cipher = createCipheriv("aes-256-gcm", key, POOL.subarray(at, at + IV_BYTES));
  cipher.setAAD(aad);
  const sealed = cipher.update(text, "utf8");
  cipher.final();
  return `${header}..${POOL.toString("base64url", at, at + IV_BYTES)}.${sealed.toString("base64url")}.${cipher.getAuthTag().toString("base64url")}`;
}

/** The text of a token. Throws Unreadable. */
export function unseal({ key, header, aad }: SealingKey, token: string): string {
  const [head, wrapped, iv, sealed, tag, ...rest] = token.split(".");
  if (head !== header || wrapped !== "" || rest.length > 0 || sealed === undefined || tag === undefined)
    throw new Unreadable("it is no token of this key");
  const [start, mark] = [Buffer.from(iv ?? "", "base64url"), Buffer.from(tag, "base64url")];
  if (start.length !== IV_BYTES || mark.length !== TAG_BYTES) throw new Unreadable("it was altered");
  try {
    const decipher = createDecipheriv("aes-256-gcm", key, start);
    decipher.setAAD(aad);
    decipher.setAuthTag(mark);
    return decipher.update(Buffer.from(sealed, "base64url"), undefined, "utf8") + decipher.final("utf8");
  } catch {
    throw new Unreadable("it was altered, or sealed with another key");
  }
}

/** Under which key a token is sealed, or undefined where it is none. */
export function kidOf(token: string): string | undefined {
  const [head = ""] = token.split(".", 1);
  try {
    const header: unknown = JSON.parse(Buffer.from(head, "base64url").toString());
    return isObject(header) && typeof header["kid"] === "string" ? header["kid"] : undefined;
  } catch {
    return undefined;
  }
}
