import { hash } from "node:crypto";

/** Bytes of a hash. */
export const HASH_BYTES = 32;

/** The root of a tree without leaves (RFC 9162 §2.1.1). */
export const EMPTY_ROOT: Uint8Array = hash("sha256", "", "buffer");

const PAIR = Buffer.alloc(1 + 2 * HASH_BYTES);
PAIR[0] = 1;

/** By way of a text of Latin-1: to be given bytes at once costs a buffer of their own, and twice as much. */
function hashed(of: string | Uint8Array): Uint8Array {
  return Buffer.from(hash("sha256", of, "binary"), "latin1");
}

/** H(0x00 ‖ record): a leaf (RFC 9162 §2.1.1). `record` is text in UTF-8. */
export function leafHash(record: string): Uint8Array {
  return leafOf(`\0${record}`);
}

/** H(0x00 ‖ record) of a text that begins with NUL, which is the byte 0x00 in UTF-8 too, and so one text serves for both. */
export function leafOf(text: string): Uint8Array {
  return hashed(text);
}

/** H(0x01 ‖ left ‖ right). */
export function nodeHash(left: Uint8Array, right: Uint8Array): Uint8Array {
  PAIR.set(left, 1);
  PAIR.set(right, 1 + HASH_BYTES);
  return hashed(PAIR);
}

export function sameHash(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}
