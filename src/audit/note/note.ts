import { createPublicKey, hash, type KeyObject, sign, verify } from "node:crypto";

/** A signed note (https://c2sp.org/signed-note): a text, and lines of signatures. */
export interface Note {
  /** Ends with a line break; without the empty line that follows. */
  readonly text: string;
  readonly signatures: readonly Signature[];
}

export interface Signature {
  readonly name: string;
  /** Four bytes that tell keys of one name apart. */
  readonly id: Uint8Array;
  readonly bytes: Uint8Array;
}

/** How a signature is made: by an Ed25519 key over the text, or over the text and the time (https://c2sp.org/tlog-cosignature). */
export type Algorithm = "ed25519" | "cosignature/v1";
const TYPES: Readonly<Record<Algorithm, number>> = { ed25519: 1, "cosignature/v1": 4 };

/** Whoever signs, as others know them. */
export interface Verifier {
  readonly name: string;
  readonly algorithm: Algorithm;
  readonly id: Uint8Array;
  readonly key: KeyObject;
}

const MAX_NOTE = 64 * 1024;
const MAX_SIGNATURES = 100;
const MAX_NAME = 512;
/** The SubjectPublicKeyInfo of an Ed25519 key is this and its 32 bytes (RFC 8410). */
const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const DASH = "— ";

/** A name has no spaces and no plus, because both divide. */
export function isKeyName(name: string): boolean {
  return name.length > 0 && name.length <= MAX_NAME && name.isWellFormed() && !/[\s+\p{Cc}]/u.test(name);
}

function keyId(name: string, algorithm: Algorithm, raw: Uint8Array): Uint8Array {
  const named = Buffer.concat([Buffer.from(`${name}\n`), Buffer.from([TYPES[algorithm]]), raw]);
  return hash("sha256", named, "buffer").subarray(0, 4);
}

/** The 32 bytes of an Ed25519 key, public or private. */
export function rawOf(key: KeyObject): Uint8Array {
  const open = key.type === "private" ? createPublicKey(key) : key;
  return open.export({ type: "spki", format: "der" }).subarray(SPKI.length);
}

/** The public key of 32 bytes. */
export function keyOf(raw: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI, raw]), format: "der", type: "spki" });
}

/** Whoever has this key, under a name. Throws RangeError for a name that no note can hold. */
export function verifierOf(name: string, key: KeyObject, algorithm: Algorithm = "ed25519"): Verifier {
  if (!isKeyName(name))
    throw new RangeError(`"${name}" cannot be a key's name: it is empty, or holds a space or a plus`);
  const raw = rawOf(key);
  return { name, algorithm, id: keyId(name, algorithm, raw), key: keyOf(raw) };
}

/** `name+id+key`: a key in one line, as Go's sumdb and C2SP write it. */
export function verifierText({ name, algorithm, id, key }: Verifier): string {
  const bytes = Buffer.concat([Buffer.from([TYPES[algorithm]]), rawOf(key)]);
  return `${name}+${Buffer.from(id).toString("hex")}+${bytes.toString("base64")}`;
}

/** Reads such a line; undefined where it is none, or of another kind of key. */
export function parseVerifier(text: string): Verifier | undefined {
  const [, name, id, key] = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/]+={0,2})$/.exec(text.trim()) ?? [];
  if (name === undefined || id === undefined || key === undefined || !isKeyName(name)) return undefined;
  const bytes = Buffer.from(key, "base64");
  const algorithm = bytes[0] === TYPES.ed25519 ? "ed25519" : bytes[0] === 4 ? "cosignature/v1" : undefined;
  if (algorithm === undefined || bytes.length !== 33) return undefined;
  const open = createPublicKey({
    key: Buffer.concat([SPKI, bytes.subarray(1)]),
    format: "der",
    type: "spki",
  });
  const read = verifierOf(name, open, algorithm);
  return Buffer.from(read.id).toString("hex") === id ? read : undefined;
}

/** Reads a note; undefined where the text is none. */
export function parseNote(note: string): Note | undefined {
  const end = note.lastIndexOf("\n\n");
  if (note.length > MAX_NOTE || end < 1 || !note.endsWith("\n") || !note.isWellFormed()) return undefined;
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  if (/[\u0000-\u0009\u000b-\u001f]/.test(note)) return undefined;
  const lines = note.slice(end + 2, -1).split("\n");
  const signatures = lines.flatMap((line) => parseSignature(line) ?? []);
  if (lines.length > MAX_SIGNATURES || signatures.length !== lines.length) return undefined;
  return { text: note.slice(0, end + 1), signatures };
}

/** Reads one line of a note's signatures. */
function parseSignature(line: string): Signature | undefined {
  const [, name, encoded] = /^— (\S+) ([A-Za-z0-9+/]+={0,2})$/.exec(line) ?? [];
  if (name === undefined || encoded === undefined || !isKeyName(name)) return undefined;
  const bytes = Buffer.from(encoded, "base64");
  if (bytes.length < 5 || bytes.toString("base64") !== encoded) return undefined;
  return { name, id: bytes.subarray(0, 4), bytes: bytes.subarray(4) };
}

export function signatureLine({ name, id, bytes }: Signature): string {
  return `${DASH}${name} ${Buffer.concat([id, bytes]).toString("base64")}`;
}

export function noteText({ text, signatures }: Note): string {
  return `${text}\n${signatures.map((each) => `${signatureLine(each)}\n`).join("")}`;
}

function timed(text: string, seconds: bigint): Buffer {
  return Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
}

/** Signs a note's text. `at`, ms: when, where the algorithm says so. */
export function signText(
  name: string,
  key: KeyObject,
  text: string,
  algorithm: Algorithm,
  at: number,
): Signature {
  const { id } = verifierOf(name, key, algorithm);
  if (algorithm === "ed25519") return { name, id, bytes: sign(null, Buffer.from(text), key) };
  const seconds = BigInt(Math.floor(at / 1000));
  const stamp = Buffer.alloc(8);
  stamp.writeBigUInt64BE(seconds);
  return { name, id, bytes: Buffer.concat([stamp, sign(null, timed(text, seconds), key)]) };
}

/** That somebody signed a note, and when (ms), where their signature says so. */
export interface Vouched {
  readonly at: number | undefined;
}

/** What a signer vouches for; undefined where they have not signed it, `false` where what stands for theirs is wrong. */
export function vouched({ text, signatures }: Note, by: Verifier): Vouched | false | undefined {
  const theirs = signatures.find(({ name, id }) => name === by.name && Buffer.compare(id, by.id) === 0);
  if (theirs === undefined) return undefined;
  if (by.algorithm === "ed25519")
    return verify(null, Buffer.from(text), by.key, theirs.bytes) ? { at: undefined } : false;
  if (theirs.bytes.length !== 72) return false;
  const seconds = Buffer.from(theirs.bytes).readBigUInt64BE();
  const good = verify(null, timed(text, seconds), by.key, theirs.bytes.subarray(8));
  return good ? { at: Number(seconds) * 1000 } : false;
}
