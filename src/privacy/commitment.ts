import { hash, hkdfSync } from "node:crypto";

/**
 * What stands in a row for a personal value that could be guessed: the gate's records hold no plain digest of anything of a
 * person, because whoever can list what it may have been finds it by trying.
 *
 * The form for the log (decision 0011): **a leaf covers the cells of the row as they stand in the table, and nothing else**.
 * By then a row holds of its person only
 *
 * - `principal`: a random id (`sub_…`), which says nothing;
 * - `args_digest`, `answer_digest`: commitments of this function, `hmac-sha256:` and 64 hex digits;
 * - `detail.sealed`: a JWE (what of `detail` is not in clear, `target` where it is a resource, the plain digests).
 *
 * So whoever computes leaves needs no key, rotation changes none of these cells, and once the key is destroyed neither the
 * JWE nor the commitment can be told from chance. A ciphertext of AES-GCM alone would not bind who wrote it to one text
 * (two keys may open it to two); the commitment does. Rows of the time before, and of a store without keys, are in clear and covered
 * just the same.
 */
const COMMITTED = "hmac-sha256:";

/** The key that commitments of a subject are made with, as HMAC takes it (RFC 2104): filled up to a block, for its two rounds. */
export interface CommitmentKey {
  readonly inner: Uint8Array;
  readonly outer: Uint8Array;
}

const BLOCK_BYTES = 64;
const HASH_BYTES = 32;
/** A value of at most this many characters is hashed where it is put together. */
const SHORT_CHARS = 1_024;
const INNER = Buffer.alloc(BLOCK_BYTES + 3 * SHORT_CHARS);
const OUTER = Buffer.alloc(BLOCK_BYTES + HASH_BYTES);

/** It follows from their data key, and is gone with it. */
export function commitmentKey(data_key: Uint8Array): CommitmentKey {
  const key = Buffer.alloc(BLOCK_BYTES);
  key.set(new Uint8Array(hkdfSync("sha256", data_key, "", "portcullis/commitment", HASH_BYTES)));
  return { inner: key.map((byte) => byte ^ 0x36), outer: key.map((byte) => byte ^ 0x5c) };
}

/** The first round, its bytes as Latin-1: a text is the cheapest thing that a hash is given back as. */
function innerHash(inner: Uint8Array, value: string): string {
  if (value.length > SHORT_CHARS) return hash("sha256", Buffer.concat([inner, Buffer.from(value)]), "binary");
  INNER.set(inner);
  const end = BLOCK_BYTES + INNER.write(value, BLOCK_BYTES);
  return hash("sha256", INNER.subarray(0, end), "binary");
}

/**
 * `hmac-sha256:` and the hex HMAC-SHA256 of the value. The same value under the same key commits alike. By two hashes, because an
 * object that computes an HMAC takes longer to make than it does to use.
 */
export function committed({ inner, outer }: CommitmentKey, value: string): string {
  OUTER.set(outer);
  OUTER.write(innerHash(inner, value), BLOCK_BYTES, "latin1");
  return COMMITTED + hash("sha256", OUTER, "hex");
}
