import { createPublicKey, type KeyObject } from "node:crypto";
import { keyOf, parseVerifier } from "./note.ts";

/** Reads a public key as people hand it on: `name+id+key`, base64 of its 32 bytes, or PEM. Undefined where it is none. */
export function publicKeyOf(written: string): KeyObject | undefined {
  const text = written.trim();
  if (text.startsWith("-----BEGIN")) {
    try {
      const key = createPublicKey(text);
      return key.asymmetricKeyType === "ed25519" ? key : undefined;
    } catch {
      return undefined;
    }
  }
  const raw = Buffer.from(text, "base64");
  if (raw.length === 32 && raw.toString("base64") === text) return keyOf(raw);
  return parseVerifier(text)?.key;
}
