#!/usr/bin/env node
// Checks a bundle of Portcullis (docs/LOG-FORMAT.md) by itself: no Portcullis, no database, no dependency. Node 20 or later.
//
//   node verify.mjs BUNDLE PUBLIC-KEY [--witness NAME+ID+KEY]... [--checkpoint FILE]
//
// PUBLIC-KEY: base64 of the 32 bytes, a line NAME+ID+KEY, a PEM, or a file with one of them. --checkpoint: one that was
// kept before; the log must begin with it. Exit codes: 0 all is as it was signed, 1 it is not, 2 wrong use.
import { createHash, createPublicKey, verify } from "node:crypto";
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { pathToFileURL } from "node:url";

const SPKI = Buffer.from("302a300506032b6570032100", "hex");
const NOTE_TYPES = { ed25519: 1, cosignature: 4 };
const KINDS = new Set(["opened", "closed", "question", "deed", "act"]);
const LATE_MS = 300_000;

const sha256 = (...parts) => parts.reduce((hash, part) => hash.update(part), createHash("sha256")).digest();
const leafHash = (record) => sha256(Buffer.from([0]), record);
const nodeHash = (left, right) => sha256(Buffer.from([1]), left, right);

/** A tree that grows by leaves, as the roots of its largest whole subtrees. */
class Tree {
  constructor(size, peaks) {
    Object.assign(this, { size, peaks });
  }
  add(leaf) {
    let whole = leaf;
    for (let index = this.size; index % 2 === 1; index = (index - 1) / 2) whole = nodeHash(this.peaks.pop(), whole);
    this.peaks.push(whole);
    this.size += 1;
  }
  root() {
    return this.peaks.length === 0 ? sha256("") : this.peaks.reduceRight((right, left) => nodeHash(left, right));
  }
}

/** The root that a proof leads to, as a tree is split (RFC 9162, 2.1.3): its last hash is of the other half. Undefined: to none. */
function rootBy(leaf, index, size, proof) {
  if (!Number.isSafeInteger(index) || index < 0 || index >= size) return undefined;
  if (size === 1 || proof.length === 0) return size === 1 && proof.length === 0 ? leaf : undefined;
  let half = 1;
  while (half * 2 < size) half *= 2;
  const [own, other] = [index < half, proof.at(-1)];
  const hash = rootBy(leaf, own ? index : index - half, own ? half : size - half, proof.slice(0, -1));
  return hash && (own ? nodeHash(hash, other) : nodeHash(other, hash));
}

/** Reads a public key in any of its spellings: its 32 bytes, and a witness's name. */
export function readKey(given) {
  const text = (existsSync(given) ? readFileSync(given, "utf8") : given).trim();
  if (text.includes("BEGIN"))
    return { name: "", raw: createPublicKey(text).export({ type: "spki", format: "der" }).subarray(SPKI.length) };
  const [, name = "", encoded] = /^(?:([^+\s]+)\+[0-9a-f]{8}\+)?([A-Za-z0-9+/]+={0,2})$/.exec(text) ?? [];
  const bytes = Buffer.from(encoded ?? "", "base64");
  const raw = bytes.length === 33 ? bytes.subarray(1) : bytes;
  if (raw.length !== 32) throw new Error(`${given} is no public key`);
  return { name, raw };
}

const keyId = (name, type, raw) => sha256(`${name}\n`, Buffer.from([type]), raw).subarray(0, 4);
const signed = (raw, text, signature) =>
  verify(null, text, createPublicKey({ key: Buffer.concat([SPKI, raw]), format: "der", type: "spki" }), signature);

/** A signed note that is a checkpoint, or undefined. */
function readCheckpoint(note) {
  const end = note.lastIndexOf("\n\n");
  if (end < 0) return undefined;
  const text = note.slice(0, end + 1);
  const [origin, size, root] = text.split("\n");
  const lines = note.slice(end + 2).split("\n").filter((line) => line !== "");
  const found = lines.map((line) => /^— (\S+) (\S+)$/.exec(line));
  const hash = Buffer.from(root ?? "", "base64");
  if (!/^\d{1,15}$/.test(size ?? "") || hash.length !== 32 || found.includes(null)) return undefined;
  const signatures = found.map(([, name, bytes]) => ({ name, bytes: Buffer.from(bytes, "base64") }));
  return { text, origin, size: Number(size), root: hash, signatures };
}

/** Whether a key signed a checkpoint, and when: undefined where it did not. */
function signatureOf({ text, signatures }, name, raw, type) {
  const id = keyId(name, type, raw);
  const theirs = signatures.find((each) => each.name === name && each.bytes.subarray(0, 4).equals(id));
  if (theirs === undefined) return undefined;
  const bytes = theirs.bytes.subarray(4);
  if (type === NOTE_TYPES.ed25519) return signed(raw, Buffer.from(text), bytes) ? { at: undefined } : undefined;
  if (bytes.length !== 72) return undefined;
  const seconds = bytes.readBigUInt64BE();
  const timed = Buffer.from(`cosignature/v1\ntime ${seconds}\n${text}`);
  return signed(raw, timed, bytes.subarray(8)) ? { at: Number(seconds) * 1000 } : undefined;
}

/** The object that a text in JSON is; undefined where it is none. */
function jsonOf(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

const instantOf = (kind, row) => (kind === "deed" && row.at === undefined ? jsonOf(row.act)?.at : row.at);

/** What a record is, or why it is none. */
function readRecord(text, tenant) {
  const { kind, row, v } = jsonOf(text) ?? {};
  if (v !== 1 || !KINDS.has(kind) || typeof row !== "object" || row === null) return { fault: "is no record" };
  if (row.tenant !== tenant) return { fault: `is of tenant ${row.tenant}` };
  const id = kind === "deed" ? `${row.id}/${row.seq}` : (row.call ?? row.id);
  return { kind, row, id, name: `${kind} ${id}` };
}

/** Follows one bundle from its first line to its last. */
class Check {
  constructor({ key, witnesses = [], kept }) {
    Object.assign(this, { key, witnesses, kept, findings: [], records: 0, checkpoints: 0, cosigned: 0 });
    Object.assign(this, { floor: -Infinity, position: 0, good: 0, seen: new Set(), opened: new Set(), ended: false });
  }

  found(index, what) {
    return this.findings.push({ index, what });
  }

  line(line) {
    if (this.ended) return this.found(undefined, "there are lines behind the end");
    if (this.head === undefined) return this.begin(line);
    const kind = ["checkpoint", "record", "policy", "end"].find((each) => line[each] !== undefined);
    return kind === undefined ? this.found(undefined, "a line is of no known kind") : this[kind](line);
  }

  begin(head) {
    if (head.v !== 1 || (head.bundle !== "log" && head.bundle !== "records"))
      throw new Error("this is no bundle of version 1");
    this.head = head;
    if (this.key.name !== "" && this.key.name !== head.origin)
      this.found(undefined, `the bundle is of ${head.origin}, the key of ${this.key.name}`);
    if (head.bundle === "records" && typeof head.call !== "string") this.found(undefined, "it does not say of which call it is");
    if (head.bundle === "log") {
      this.tree = new Tree(head.from, head.frontier.map((hash) => Buffer.from(hash, "base64")));
      this.good = head.from;
    }
    this.holdKept();
  }

  /** What was kept before must be how the log began. */
  holdKept() {
    if (this.kept === undefined || this.tree === undefined || this.tree.size !== this.kept.size) return;
    if (!this.tree.root().equals(this.kept.root))
      this.found(this.good, `the first ${this.kept.size} records are not those of the checkpoint that was kept`);
    this.kept = undefined;
  }

  checkpoint({ checkpoint: note }) {
    const checkpoint = readCheckpoint(note);
    if (checkpoint === undefined) return this.found(undefined, "a checkpoint cannot be read");
    const { origin, size, root } = checkpoint;
    if (origin !== this.head.origin) return this.found(undefined, `a checkpoint is of ${origin}`);
    if (signatureOf(checkpoint, origin, this.key.raw, NOTE_TYPES.ed25519) === undefined)
      return this.found(undefined, `the checkpoint of ${size} records is not signed by the key that was given`);
    // Records would be held against one, and what others kept or signed against another.
    if (this.tree === undefined && this.last !== undefined)
      return this.found(undefined, "there is more than one checkpoint");
    this.checkpoints += 1;
    this.last = checkpoint;
    // What proves single records does not pass by what was kept, but where it is the same checkpoint.
    if (this.tree === undefined && this.kept?.size === size && this.kept.root.equals(root)) this.kept = undefined;
    const timed = signatureOf(checkpoint, origin, this.key.raw, NOTE_TYPES.cosignature);
    const theirs = this.witnesses.map(({ name, raw }) => signatureOf(checkpoint, name, raw, NOTE_TYPES.cosignature));
    this.unwitnessed = theirs.filter((each) => each === undefined).length;
    if (theirs.length > 0 && this.unwitnessed === 0) this.cosigned += 1;
    if (this.tree === undefined) return;
    const times = [timed, ...theirs].flatMap((each) => each?.at ?? []);
    if (this.tree.size === size && this.tree.root().equals(root)) {
      this.good = size;
      if (times.length > 0) this.floor = Math.max(this.floor, Math.min(...times) - LATE_MS);
    } else // once: what follows is off by what came before
      this.diverged ||= this.found(this.good, `the records from ${this.good} to ${size - 1} are not those that were signed`);
  }

  record({ index, record: text, proof }) {
    this.records += 1;
    const record = readRecord(text, this.head.tenant);
    if (record.fault !== undefined) this.found(index, `record ${index} ${record.fault}`);
    else this.consider(index, record);
    const leaf = leafHash(text);
    if (this.tree !== undefined) {
      if (index !== this.tree.size) this.found(this.tree.size, `record ${this.tree.size} is missing`);
      this.tree.add(leaf);
      return this.holdKept();
    }
    const path = (proof ?? []).map((hash) => Buffer.from(hash, "base64"));
    if (!this.last || !rootBy(leaf, index, this.last.size, path)?.equals(this.last.root))
      this.found(index, `record ${index} (${record.name ?? "?"}) is not in the log that was signed`);
    if (record.id !== (this.head.call ?? record.id)) this.found(index, `record ${index} is not of ${this.head.call}`);
    if (record.kind === "opened") this.version = record.row.policy_version;
  }

  /** What records say must fit together. */
  consider(index, { kind, row, id, name }) {
    if (this.seen.has(name)) this.found(index, `${name} is there twice`);
    this.seen.add(name);
    if (kind === "opened") this.opened.add(id);
    if (this.tree === undefined) return;
    if (kind === "closed" && this.head.from === 0 && !this.opened.has(id))
      this.found(index, `${name} ends what never began`);
    if (kind === "opened" || kind === "closed") {
      // Whatever is no number compares as false, and would switch off what is asked of all that follow.
      if (!Number.isSafeInteger(row.seq)) return this.found(index, `${name} has no place in the order`);
      if (row.seq <= this.position) this.found(index, `${name} stands in another order than it was written`);
      this.position = Math.max(this.position, row.seq);
    }
    const at = instantOf(kind, row);
    if (typeof at === "number" && at < this.floor)
      this.found(index, `${name} says it is older than what was signed before it`);
  }

  policy({ policy: { version, texts } }) {
    const digest = `sha256:${createHash("sha256").update(JSON.stringify(texts.map(({ text }) => text))).digest("hex")}`;
    if (digest === version && version === this.version) this.decidedBy = version;
    else this.found(undefined, `the policy in the bundle is not the one that decided: ${this.version ?? "none is on record"}`);
  }

  end({ end: count }) {
    this.ended = true;
    const there = this.tree === undefined ? this.records : this.tree.size;
    if (count !== there) this.found(there, `the bundle should end with ${count} records, and has ${there}`);
    if (this.tree !== undefined && this.last?.size !== this.tree.size)
      this.found(this.good, `no checkpoint is of the records from ${this.good} on`);
    if (this.last === undefined) this.found(undefined, "there is no checkpoint that the key signed");
    if (this.kept !== undefined)
      this.found(undefined, `the checkpoint that was kept is of ${this.kept.size} records, which the bundle does not pass`);
    if (this.unwitnessed > 0) this.found(undefined, "a witness has not signed the last checkpoint");
  }
}

/**
 * Checks the lines of a bundle. `key`, `witnesses`: as `readKey` gives them. Gives `{ok, kind, origin, records, size,
 * checkpoints, cosigned, policy, findings: [{index?, what}]}`; throws Error where it is no bundle at all.
 */
export async function verifyBundle(lines, { key, witnesses, checkpoint }) {
  const kept = checkpoint === undefined ? undefined : readCheckpoint(checkpoint);
  if (checkpoint !== undefined && kept === undefined) throw new Error("the checkpoint that was kept cannot be read");
  const check = new Check({ key, witnesses, kept });
  if (kept !== undefined && signatureOf(kept, kept.origin, key.raw, NOTE_TYPES.ed25519) === undefined)
    throw new Error("the checkpoint that was kept is not signed by the key that was given");
  for await (const line of lines) {
    if (line === "") continue;
    const said = jsonOf(line);
    if (said !== undefined) check.line(said);
    else if (check.head === undefined) throw new Error("this is no bundle of version 1");
    else check.found(undefined, "a line is no JSON");
  }
  if (check.head === undefined) throw new Error("the bundle is empty");
  if (!check.ended) check.found(check.tree?.size, "the bundle is cut off: its last line is missing");
  const { head, records, checkpoints, cosigned, findings, decidedBy: policy } = check;
  const { bundle: kind, origin } = head;
  const size = check.last?.size ?? 0;
  return { ok: findings.length === 0, kind, origin, records, size, checkpoints, cosigned, policy, findings };
}

/** The lines of a file. Nothing but a line feed ends one: records may hold every other character that some take for an end. */
export async function* linesOf(path) {
  let pieces = [];
  for await (const chunk of createReadStream(path, "utf8")) {
    const [first, ...more] = chunk.split("\n");
    pieces.push(first);
    for (const next of more) {
      yield pieces.join("");
      pieces = [next];
    }
  }
  yield pieces.join("");
}

async function main([bundle, key, ...rest]) {
  const option = (name) => rest.flatMap((word, at) => (rest[at - 1] === name ? [word] : []));
  if (key === undefined) {
    console.error("usage: node verify.mjs BUNDLE PUBLIC-KEY [--witness NAME+ID+KEY]... [--checkpoint FILE]");
    return 2;
  }
  try {
    const result = await verifyBundle(linesOf(bundle), {
      key: readKey(key),
      witnesses: option("--witness").map(readKey),
      checkpoint: option("--checkpoint").map((file) => readFileSync(file, "utf8"))[0],
    });
    for (const { index, what } of result.findings) console.log(index === undefined ? what : `record ${index}: ${what}`);
    const { ok, kind, origin, records, size, checkpoints, cosigned, policy } = result;
    console.log(`${ok ? "good" : "BAD"}: ${origin}`);
    console.log(`${records} records of ${size} that are signed, ${checkpoints} checkpoints, ${cosigned} of them witnessed`);
    if (kind === "records" && policy !== undefined) console.log(`decided by policy ${policy}, whose texts are in the bundle`);
    return ok ? 0 : 1;
  } catch (error) {
    console.error(error.message);
    return 2;
  }
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href)
  process.exitCode = await main(process.argv.slice(2));
