import { hkdfSync } from "node:crypto";
import { CompactEncrypt, compactDecrypt } from "jose";

/** Seals texts for the gates of a store: nobody else reads or makes one. */
export interface Sealer {
  seal(text: string): Promise<string>;
  /** Undefined where the text was not sealed here, or for another purpose. */
  open(sealed: string): Promise<string | undefined>;
}

/** JWE, `dir` with A256GCM, under a key of the gate's secret for this purpose alone. */
export function sealer(secret: Uint8Array, purpose: string): Sealer {
  const key = new Uint8Array(hkdfSync("sha256", secret, "", `portcullis ${purpose}`, 32));
  return {
    seal: async (text) =>
      await new CompactEncrypt(new TextEncoder().encode(text))
        .setProtectedHeader({ alg: "dir", enc: "A256GCM" })
        .encrypt(key),
    async open(sealed) {
      try {
        const options = { keyManagementAlgorithms: ["dir"], contentEncryptionAlgorithms: ["A256GCM"] };
        return new TextDecoder().decode((await compactDecrypt(sealed, key, options)).plaintext);
      } catch {
        return undefined;
      }
    },
  };
}
