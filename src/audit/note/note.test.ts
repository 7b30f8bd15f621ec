import { createPublicKey, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import { originOf, parseCheckpoint, signCheckpoint } from "./checkpoint.ts";
import {
  isKeyName,
  noteText,
  parseNote,
  parseVerifier,
  signText,
  verifierOf,
  verifierText,
  vouched,
} from "./note.ts";
import { publicKeyOf } from "./public-key.ts";

const { privateKey: key } = generateKeyPairSync("ed25519");
const { privateKey: other } = generateKeyPairSync("ed25519");
const ALGORITHMS = ["ed25519", "cosignature/v1"] as const;
const AT = 1_800_000_000_000;

// From the text of C2SP signed-note: a key of Go's checksum database, and what it says.
const GO = "sum.golang.org+033de0ae+Ac4zctda0e5eza+HJyk9SxEdh+s3Ux18htTTAD8OuAn8";

test("keys are read as Go and C2SP write them, and written the same", () => {
  const read = parseVerifier(GO);
  expect(read?.name).toBe("sum.golang.org");
  expect(read && verifierText(read)).toBe(GO);
  expect(parseVerifier(GO.replace("033de0ae", "033de0af"))).toBeUndefined();
  expect(parseVerifier("sum.golang.org+033de0ae")).toBeUndefined();
  for (const algorithm of ALGORITHMS) {
    const written = verifierText(verifierOf("w", key, algorithm));
    expect(parseVerifier(written)?.algorithm).toBe(algorithm);
  }
});

test("a public key is read however people hand it on", () => {
  const open = createPublicKey(key);
  const raw = open.export({ type: "spki", format: "der" }).subarray(-32).toString("base64");
  const pem = open.export({ type: "spki", format: "pem" }).toString();
  for (const text of [raw, pem, verifierText(verifierOf("a", key)), ` ${raw}\n`])
    expect(publicKeyOf(text)?.equals(open)).toBe(true);
  const { publicKey: rsa } = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const text = rsa.export({ type: "spki", format: "pem" }).toString();
  for (const wrong of ["", "nonsense", raw.slice(1), "-----BEGIN", text])
    expect(publicKeyOf(wrong)).toBeUndefined();
});

test("what was signed is vouched for by its key alone, and nothing that was changed is", () => {
  const texts = fc.array(
    fc.string({ unit: "grapheme" }).filter((line) => !/\p{Cc}/u.test(line) && line !== ""),
    {
      minLength: 1,
      maxLength: 5,
    },
  );
  fc.assert(
    fc.property(texts, fc.constantFrom(...ALGORITHMS), fc.nat(), (lines, algorithm, seed) => {
      const text = `${lines.join("\n")}\n`;
      const signed = noteText({ text, signatures: [signText("n", key, text, algorithm, AT)] });
      const note = parseNote(signed);
      if (note === undefined) throw new Error("it cannot be read");
      expect(note.text).toBe(text);
      const at = algorithm === "ed25519" ? undefined : AT;
      expect(vouched(note, verifierOf("n", key, algorithm))).toEqual({ at });
      expect(vouched(note, verifierOf("n", other, algorithm))).toBeUndefined();
      expect(vouched(note, verifierOf("m", key, algorithm))).toBeUndefined();
      const place = seed % text.length;
      const changed = `${text.slice(0, place)}${text[place] === "x" ? "y" : "x"}${text.slice(place + 1)}`;
      expect(vouched({ ...note, text: changed }, verifierOf("n", key, algorithm))).toBe(false);
      const [signature] = note.signatures;
      if (signature === undefined) throw new Error("no signature");
      const bytes = Buffer.from(signature.bytes);
      const flipped = seed % bytes.length;
      bytes[flipped] = (bytes[flipped] ?? 0) ^ 1;
      const forged = { ...note, signatures: [{ ...signature, bytes }] };
      expect(vouched(forged, verifierOf("n", key, algorithm))).toBe(false);
    }),
    { numRuns: 60 },
  );
});

test("checkpoints come back as they were signed, with names of tenants of every kind", () => {
  fc.assert(
    fc.property(fc.string({ unit: "grapheme", minLength: 1 }), fc.nat(), (tenant, size) => {
      const origin = originOf("0".repeat(24), tenant.toWellFormed());
      expect(isKeyName(origin)).toBe(true);
      const root = Buffer.alloc(32, size % 256);
      const parsed = parseCheckpoint(signCheckpoint({ origin, size, root }, key, AT));
      expect(parsed?.checkpoint).toEqual({ origin, size, root });
    }),
    { numRuns: 60 },
  );
});

test.each([
  ["", "nothing"],
  ["a\n1\n", "no signatures"],
  ["a\n1\nAAAA\n\n— a AAAAAAA=\n", "a root that is too short"],
  [`a\n01\n${"A".repeat(43)}=\n\n— a AAAAAAA=\n`, "a size with a zero before it"],
  [`a\n1\n${"A".repeat(43)}=\n\nnot a signature\n`, "a line that is none"],
  [`a\u0000\n1\n${"A".repeat(43)}=\n\n— a AAAAAAA=\n`, "a control character"],
])("is no checkpoint: %j (%s)", (text) => {
  expect(parseCheckpoint(text)).toBeUndefined();
});

test("nothing makes the readers fail", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 300 }), (text) => {
      expect(() => [
        parseCheckpoint(text),
        parseNote(`${text}\n\n— ${text}\n`),
        parseVerifier(text),
        publicKeyOf(text),
      ]).not.toThrow();
    }),
    { numRuns: 300 },
  );
});
