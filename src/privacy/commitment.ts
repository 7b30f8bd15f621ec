import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";

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

/** The key that commitments of a subject are made with: it follows from their data key, and is gone with it. */
export function commitmentKey(data_key: Uint8Array): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", data_key, "", "portcullis/commitment", 32)));
}

/** `hmac-sha256:` and the hex HMAC-SHA256 of the value. The same value under the same key commits alike. */
export function committed(key: KeyObject, value: string): string {
  return COMMITTED + createHmac("sha256", key).update(value).digest("hex");
}
