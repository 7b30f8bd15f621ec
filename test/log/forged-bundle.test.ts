// What whoever runs the gate, and has its signing key, may write into a bundle that proves a call.
import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signCheckpoint } from "../../src/audit/note/checkpoint.ts";
import { verifierOf, verifierText } from "../../src/audit/note/note.ts";
import { callBundle, type Line } from "../../src/audit/proof/bundle.ts";
import { leafHash } from "../../src/audit/tree/hash.ts";
import { digestBytes } from "../../src/call/json.ts";
import { type Kept, kept } from "./kept.ts";

const folder = mkdtempSync(join(tmpdir(), "forged-"));
const VERIFIER = join(import.meta.dirname, "../../verifier/verify.mjs");
const PYTHON = join(import.meta.dirname, "verifier.py");
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const { privateKey: key } = generateKeyPairSync("ed25519");

interface Verifying {
  readonly readKey: (text: string) => unknown;
  readonly verifyBundle: (
    lines: readonly string[],
    given: object,
  ) => Promise<{ readonly findings: readonly { readonly what: string }[] }>;
}
const { readKey, verifyBundle } = (await import(pathToFileURL(VERIFIER).href)) as Verifying;

let making: Kept;
let origin: string;
let good: readonly Line[];
beforeAll(async () => {
  making = await kept({ kind: "sqlite", path: join(folder, "log.db") }, key);
  await making.hour();
  const [leaf] = await making.log.leaves("a", 0, 1);
  const call = leaf?.id as Parameters<typeof callBundle>[3];
  good = (await callBundle(making.log, { get: async () => undefined }, "a", call)) ?? [];
  origin = String(good[0]?.["origin"]);
});
afterAll(async () => {
  await making.close();
  rmSync(folder, { recursive: true, force: true });
});

/** What the verifier finds; the second one, in Python, has to agree that it finds something. */
async function found(lines: readonly Line[], more: object = {}, named = origin): Promise<readonly string[]> {
  const texts = lines.map((line) => JSON.stringify(line));
  const text = verifierText(verifierOf(named, key));
  const { findings } = await verifyBundle(texts, { key: readKey(text), ...more });
  if (hasPython && !("checkpoint" in more)) {
    const path = join(folder, "bundle");
    writeFileSync(path, `${texts.join("\n")}\n`);
    const { status } = spawnSync("python3", [PYTHON, path, text]);
    expect(status).toBe(findings.length === 0 ? 0 : 1);
  }
  return findings.map(({ what }) => what);
}

test("nothing is found in one that nobody changed", async () => {
  expect(await found(good)).toEqual([]);
});

test("a forged record under a checkpoint of its own, with the true one behind it", async () => {
  const [head, checkpoint = {}, first, ...rest] = good;
  const record = String(first?.["record"]).replace('"verdict":"allow"', '"verdict":"deny"');
  const note = signCheckpoint({ origin, size: 1, root: leafHash(record) }, key, Date.now());
  const forged = [head ?? {}, { checkpoint: note }, { index: 0, record, proof: [] }, checkpoint, { end: 1 }];
  expect(rest.length).toBeGreaterThan(0);
  expect(await found(forged)).toEqual(["there is more than one checkpoint"]);
});

test("a policy that stands before the record that names another", async () => {
  const text = "rules: [{name: all, match: {}, allow: true}]";
  const policy = {
    version: digestBytes(JSON.stringify([text])),
    at: 0,
    who: "",
    texts: [{ file: "p", text }],
  };
  const [head = {}, ...rest] = good;
  expect(await found([head, { policy }, ...rest])).toEqual([
    "the policy in the bundle is not the one that decided: none is on record",
  ]);
});

test("the log of another store, signed with the same key", async () => {
  const other = origin.replace(/[0-9a-f]{24}/, "0".repeat(24));
  expect(await found(good, {}, other)).toEqual([`the bundle is of ${origin}, the key of ${other}`]);
});

test("a bundle that does not say of which call it is", async () => {
  const [{ call: _, ...head } = {}, ...rest] = good;
  expect(await found([head, ...rest])).toEqual(["it does not say of which call it is"]);
});

test("a bundle that is cut in the middle of a line is bad, and no wrong use", async () => {
  const whole = good.map((line) => JSON.stringify(line)).join("\n");
  const given = { key: readKey(verifierText(verifierOf(origin, key))) };
  const { findings } = await verifyBundle(whole.slice(0, -20).split("\n"), given);
  expect(findings.map(({ what }) => what)).toEqual([
    "a line is no JSON",
    "the bundle is cut off: its last line is missing",
  ]);
});

test("a checkpoint that was kept is not passed over in silence", async () => {
  const note = String(good[1]?.["checkpoint"]);
  expect(await found(good, { checkpoint: note })).toEqual([]);
  const before = signCheckpoint({ origin, size: 1, root: leafHash("another") }, key, Date.now());
  expect(await found(good, { checkpoint: before })).toEqual([
    "the checkpoint that was kept is of 1 records, which the bundle does not pass",
  ]);
});
