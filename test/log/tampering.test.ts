import { spawnSync } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { copyFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setImmediate as turn } from "node:timers/promises";
import { pathToFileURL } from "node:url";
import { Client } from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rowHash } from "../../src/audit/log/record.ts";
import { growthOf, sequence } from "../../src/audit/log/sequence.ts";
import { signGrown } from "../../src/audit/log/sign.ts";
import { originOf } from "../../src/audit/note/checkpoint.ts";
import { type Verifier, verifierOf, verifierText } from "../../src/audit/note/note.ts";
import { openAnchors } from "../../src/audit/anchor/open.ts";
import { askWitnesses } from "../../src/audit/proof/anchored.ts";
import { logBundle } from "../../src/audit/proof/bundle.ts";
import type { Finding } from "../../src/audit/proof/finding.ts";
import { type Against, verifyLog } from "../../src/audit/proof/verify.ts";
import { NO_TREE } from "../../src/audit/tree/grow.ts";
import { type Listening, listen } from "../../src/audit/witness/server.ts";
import { fileMemory } from "../../src/audit/witness/state.ts";
import { witness } from "../../src/audit/witness/witness.ts";
import { callId } from "../../src/call/id.ts";
import type { AnchorSettings } from "../../src/config/anchors.ts";
import { type LogTables, openLog } from "../../src/store/log.ts";
import { openStore } from "../../src/store/open.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { closed, type Kept, kept, NOON, opened } from "./kept.ts";
import { TAMPERINGS, type Tampering } from "./tampering.ts";

const folder = mkdtempSync(join(tmpdir(), "tampering-"));
const VERIFIER = join(import.meta.dirname, "../../verifier/verify.mjs");
/** Where the second verifier is. */
const PYTHON = import.meta.dirname;
const hasPython = spawnSync("python3", ["--version"]).status === 0;
const { privateKey: key } = generateKeyPairSync("ed25519");
const { privateKey: witnessKey } = generateKeyPairSync("ed25519");
const W: Verifier = verifierOf("w.example.com/1", witnessKey, "cosignature/v1");
const HOUR_MS = 3_600_000;

let files = 0;
let early: string; // the file after the first hour
let good: string; // after the second
let origin: string;
let serving: Listening;

const TABLES = [
  "opened",
  "closed",
  "approvals",
  "approval_acts",
  "acts",
  "log_leaves",
  "log_nodes",
  "log_checkpoints",
  "log_cosignatures",
];

/** Does as an operator does who has the file: every trigger goes, then anything can be written. */
function tamper(path: string, sql: string): void {
  const db = new DatabaseSync(path);
  const triggers = db.prepare("select name from sqlite_schema where type = 'trigger'").all();
  for (const { name } of triggers) db.exec(`drop trigger ${String(name)}`);
  db.exec(sql);
  db.close();
}

function place(url: string): AnchorSettings {
  return { name: "w", kind: "witness", url, key: verifierText(W) };
}
const anchors = () => ({
  anchors: { places: [place(serving.url)], witnesses: 1 },
  outbound: { allow: ["127.0.0.1"] },
});

/** All that `audit verify` says of a file. */
async function verified(
  path: string,
  against: Partial<Against> = {},
  withWitness = false,
): Promise<readonly Finding[]> {
  const log = await openLog({ kind: "sqlite", path });
  try {
    const findings: Finding[] = [];
    for (const tenant of await log.tenants()) {
      const given = { key, witnesses: [W], known: [], since: undefined, ...against };
      findings.push(...(await verifyLog(log, tenant, given)).findings);
      if (withWitness) findings.push(...(await askWitnesses(log, tenant, anchors(), Date.now())).findings);
    }
    return findings;
  } finally {
    await log.close();
  }
}

async function bundleOf(log: LogTables, tenant: string): Promise<string | undefined> {
  try {
    const lines = await Array.fromAsync(logBundle(log, tenant, 0));
    const path = join(folder, `${++files}.bundle`);
    writeFileSync(path, lines.map((line) => `${JSON.stringify(line)}\n`).join(""));
    return path;
  } catch {
    return undefined; // it cannot even be written
  }
}

interface Verifying {
  readonly readKey: (text: string) => unknown;
  readonly linesOf: (path: string) => AsyncIterable<string>;
  readonly verifyBundle: (lines: AsyncIterable<string>, given: object) => Promise<{ readonly ok: boolean }>;
}
const { readKey, linesOf, verifyBundle } = (await import(pathToFileURL(VERIFIER).href)) as Verifying;

/** What the verifier said of each bundle: the second one, which is slower to start, hears all of them at once. */
const judgements: (readonly [bundle: string, ok: boolean])[] = [];

async function judged(bundle: string): Promise<"good" | "bad"> {
  const text = verifierText(verifierOf(origin, key));
  const { ok } = await verifyBundle(linesOf(bundle), { key: readKey(text) });
  judgements.push([bundle, ok]);
  return ok ? "good" : "bad";
}

async function copyOf(path: string): Promise<string> {
  const copy = join(folder, `${++files}.db`);
  copyFileSync(path, copy);
  return copy;
}

beforeAll(async () => {
  good = join(folder, "good.db");
  const making = await kept({ kind: "sqlite", path: good }, key);
  origin = originOf(await making.log.store(), "a");
  const logs = ["a", "b"].map((tenant) => verifierOf(origin.replace(/a$/, tenant), key));
  const memory = fileMemory(join(folder, "seen.json"));
  const asked = witness({ name: W.name, key: witnessKey, logs, memory, now: () => NOON + HOUR_MS });
  serving = await listen(asked, "127.0.0.1", 0);
  await making.hour();
  early = join(folder, "early.db");
  new DatabaseSync(good).exec(`vacuum into '${early}'`);
  await making.hour();
  const anchoring = await openAnchors(anchors().anchors, ["127.0.0.1"], () => NOON);
  expect(await anchoring.round(making.log)).toEqual([
    { anchor: "w", state: "ok" },
    { anchor: "witnesses", state: "ok" },
  ]);
  await anchoring.close();
  await making.close();
});
afterAll(async () => {
  await serving.close();
  rmSync(folder, { recursive: true, force: true });
});

test("nothing is found where nothing was done, by any of the verifiers", async () => {
  expect(await verified(good, {}, true)).toEqual([]);
  const log = await openLog({ kind: "sqlite", path: good });
  const bundle = await bundleOf(log, "a");
  await log.close();
  expect(await judged(bundle ?? "")).toBe("good");
});

/** What is found first of a tenant, in the words of what was tried. */
function firstOf(findings: readonly Finding[], { record, tenant = "a" }: Tampering): object {
  const first = findings.find((finding) => finding.tenant === tenant);
  const named = typeof record === "number" ? first?.index : first?.record?.slice(0, record.length);
  return { kind: first?.kind, record: named ?? "" };
}

describe("audit verify names the first bad record, and both verifiers agree, where", () => {
  test.each(TAMPERINGS)("$name", async (tampering) => {
    const path = await copyOf(good);
    tamper(path, tampering.sql);
    expect(firstOf(await verified(path), tampering)).toEqual({
      kind: tampering.kind,
      record: tampering.record,
    });
    const log = await openLog({ kind: "sqlite", path });
    const bundle = await bundleOf(log, "a");
    await log.close();
    // What stands beside the records is none of a bundle's business, and nor is what another tenant has.
    const beside = ["inserted", "tree"].includes(tampering.kind);
    if (bundle !== undefined) expect(await judged(bundle)).toBe(beside ? "good" : "bad");
  });
});

describe("an operator who knows the log", () => {
  /** Edits a row, and makes leaves, nodes and tree of tenant `a` anew. */
  async function rewrite(path: string, sql: string): Promise<void> {
    tamper(path, sql);
    const log = await openLog({ kind: "sqlite", path });
    const leaves = await log.leaves("a", 0, 1000);
    const rows = [];
    for (const { kind, id } of leaves) {
      const cells = (await log.rows("a", kind, [id])).get(id);
      if (cells !== undefined) rows.push({ tenant: "a", kind, id, cells });
    }
    await log.close();
    const { tree, leaves: anew } = growthOf("a", NO_TREE, rows);
    const db = new DatabaseSync(path);
    for (const { index, hash } of anew)
      db.prepare("update log_leaves set hash = ? where tenant = 'a' and idx = ?").run(hash, index);
    db.prepare("update log_trees set frontier = ? where tenant = 'a'").run(tree.frontier);
    db.close();
  }
  const EDIT = "update opened set principal = 'mallory' where tenant = 'a' and seq = 1";

  test("and edits a row with its leaf and tree is found by the checkpoints", async () => {
    const path = await copyOf(good);
    await rewrite(path, EDIT);
    const [first] = await verified(path);
    expect(first).toMatchObject({ kind: "rewritten", index: 0 });
    const log = await openLog({ kind: "sqlite", path });
    const bundle = await bundleOf(log, "a");
    await log.close();
    expect(await judged(bundle ?? "")).toBe("bad");
  });

  test("and signs with another key is found by the key", async () => {
    const path = await copyOf(good);
    await rewrite(path, `${EDIT}; delete from log_checkpoints`);
    const log = await openLog({ kind: "sqlite", path });
    await signGrown(log, generateKeyPairSync("ed25519").privateKey, NOON);
    const bundle = await bundleOf(log, "a");
    await log.close();
    expect((await verified(path))[0]).toMatchObject({ kind: "signature" });
    expect(await judged(bundle ?? "")).toBe("bad");
  });

  test("and stole the key is found by the witness, and by whoever kept a checkpoint", async () => {
    const path = await copyOf(good);
    const note = (
      new DatabaseSync(good)
        .prepare("select note from log_checkpoints where tenant = 'a' and size = 23")
        .get() as { note: string }
    ).note;
    await rewrite(path, `${EDIT}; delete from log_checkpoints; delete from log_cosignatures`);
    const log = await openLog({ kind: "sqlite", path });
    await signGrown(log, key, NOON);
    await log.close();
    expect(await verified(path)).toEqual([]);
    const asked = await verified(path, {}, true);
    expect(asked).toMatchObject([
      {
        tenant: "a",
        kind: "witness",
        what: expect.stringContaining("another checkpoint of this size") as string,
      },
    ]);
    const since = { source: "monday.note", note };
    for (const against of [{ since }, { known: [since] }]) {
      const found = await verified(path, against);
      expect(found.find(({ tenant }) => tenant === "a")).toMatchObject({ kind: "rewritten" });
    }
  });

  test("and puts an older file back is found by the witness, by an anchor, and by whoever kept a checkpoint", async () => {
    expect(await verified(early)).toEqual([]);
    const asked = await verified(early, {}, true);
    expect(asked[0]).toMatchObject({
      tenant: "a",
      kind: "witness",
      what: expect.stringContaining("rolled back") as string,
    });
    const db = new DatabaseSync(good);
    const { note } = db
      .prepare("select note from log_checkpoints where tenant = 'a' and size = 46")
      .get() as { note: string };
    db.close();
    const found = await verified(early, { known: [{ source: "anchor file, line 2", note }] });
    expect(found[0]).toMatchObject({ tenant: "a", kind: "truncated", index: 23 });
  });

  test("and goes on from an older file with other records is found by the witness: the log was forked", async () => {
    const path = await copyOf(early);
    const store = await openStore({ kind: "sqlite", path });
    const at = NOON + HOUR_MS;
    for (let nth = 0; nth < 20; nth++) {
      const id = callId(at + nth);
      await store.forTenant("a").journal.append([opened(id, at + nth), closed(id, at + nth)]);
    }
    await store.close();
    const log = await openLog({ kind: "sqlite", path });
    await sequence(log, "test", turn);
    await signGrown(log, key, at);
    await log.close();
    expect(await verified(path)).toEqual([]);
    expect((await verified(path, {}, true))[0]).toMatchObject({
      kind: "witness",
      what: expect.stringContaining("forked") as string,
    });
  });

  test("and writes a record of yesterday today is found by its time", async () => {
    const path = await copyOf(good);
    const store = await openStore({ kind: "sqlite", path });
    const id = callId(NOON);
    await store.forTenant("a").journal.append([opened(id, NOON), closed(id, NOON)]);
    await store.close();
    const log = await openLog({ kind: "sqlite", path });
    await sequence(log, "test", turn);
    await signGrown(log, key, NOON + 3 * HOUR_MS);
    const bundle = await bundleOf(log, "a");
    await log.close();
    expect((await verified(path))[0]).toMatchObject({ kind: "backdated", index: 46, record: `opened ${id}` });
    expect(await judged(bundle ?? "")).toBe("bad");
  });

  test("and writes another signature of a witness is found by the witness's key", async () => {
    const path = await copyOf(good);
    tamper(path, "update log_cosignatures set line = replace(line, 'A', 'B') where tenant = 'a'");
    expect((await verified(path))[0]).toMatchObject({ kind: "cosignature" });
  });
});

test("a leaf covers every column of its row", async () => {
  const log = await openLog({ kind: "sqlite", path: good });
  for (const leaf of await log.leaves("a", 0, 23)) {
    const cells = (await log.rows("a", leaf.kind, [leaf.id])).get(leaf.id) ?? {};
    for (const [name, cell] of Object.entries(cells)) {
      const other = { ...cells, [name]: typeof cell === "number" ? cell + 1 : `${cell}x` };
      expect(Buffer.from(rowHash(leaf.kind, other)).equals(leaf.hash), `${leaf.kind}.${name}`).toBe(false);
    }
    expect(Buffer.from(rowHash(leaf.kind, cells)).equals(leaf.hash)).toBe(true);
  }
  await log.close();
});

describe("the same on PostgreSQL", () => {
  let postgres: Postgres;
  let making: Kept;
  let url: string;
  beforeAll(async () => {
    postgres = await startPostgres();
    url = await postgres.database();
    making = await kept({ kind: "postgres", url }, key);
    await making.hour();
    await making.hour();
  });
  afterAll(async () => {
    await making.close();
    await postgres.stop();
  });
  const CHOSEN = new Set([
    "a decision is edited",
    "who approved is edited",
    "an act is inserted beside the log",
    "a record is deleted",
    "a record moves to another tenant",
  ]);

  test.each(TAMPERINGS.filter(({ name }) => CHOSEN.has(name)))("$name", async (tampering) => {
    const client = new Client({ connectionString: url });
    await client.connect();
    const all = async () =>
      await verifyLog(making.log, "a", { key, witnesses: [], known: [], since: undefined });
    try {
      expect((await all()).findings).toEqual([]);
      for (const table of TABLES) await client.query(`alter table portcullis.${table} disable trigger user`);
      await client.query(`set search_path = portcullis; create schema if not exists saved`);
      for (const table of ["opened", "approval_acts", "acts"])
        await client.query(
          `drop table if exists saved.${table}; create table saved.${table} as table portcullis.${table}`,
        );
      await client.query(tampering.sql);
      expect(firstOf((await all()).findings, tampering)).toEqual({
        kind: tampering.kind,
        record: tampering.record,
      });
    } finally {
      for (const table of ["opened", "approval_acts", "acts"])
        await client.query(
          `delete from portcullis.${table}; insert into portcullis.${table} select * from saved.${table}`,
        );
      await client.end();
    }
  });
});

test("both verifiers are programs, and agree on every bundle", () => {
  const words = [judgements[0]?.[0] ?? "", verifierText(verifierOf(origin, key))];
  const own = spawnSync(process.execPath, [VERIFIER, ...words], { encoding: "utf8" });
  expect([own.status, own.stdout.split(":")[0]]).toEqual([0, "good"]);
  expect(judgements.filter(([, ok]) => !ok).length).toBeGreaterThan(12);
});

test.skipIf(!hasPython)(
  "the second verifier, in Python and from the document alone, agrees on every bundle",
  () => {
    const loop = "import sys, verifier; [verifier.main(bundle, sys.argv[1]) for bundle in sys.argv[2:]]";
    const words = [
      "-c",
      loop,
      verifierText(verifierOf(origin, key)),
      ...judgements.map(([bundle]) => bundle),
    ];
    const { stdout, stderr } = spawnSync("python3", words, { encoding: "utf8", cwd: PYTHON });
    const said = stdout.split("\n").filter((line) => line === "good" || line === "bad");
    expect([stderr, ...said]).toEqual(["", ...judgements.map(([, ok]) => (ok ? "good" : "bad"))]);
  },
);
