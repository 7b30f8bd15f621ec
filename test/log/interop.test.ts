// Checkpoints and proofs, held against implementations that others wrote: Sigstore's, and Go's own.
import { spawnSync } from "node:child_process";
import { createPublicKey, generateKeyPairSync } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { recordText } from "../../src/audit/log/record.ts";
import { loadOf } from "../../src/audit/log/sign.ts";
import { parseCheckpoint } from "../../src/audit/note/checkpoint.ts";
import { verifierOf, verifierText } from "../../src/audit/note/note.ts";
import { consistencyProof, inclusionProof } from "../../src/audit/tree/prove.ts";
import { type Kept, kept } from "./kept.ts";

const folder = mkdtempSync(join(tmpdir(), "interop-"));
const { privateKey: key } = generateKeyPairSync("ed25519");
let making: Kept;

interface Shown {
  readonly note: string;
  readonly origin: string;
  readonly size: number;
  readonly before: { readonly size: number; readonly root: string };
  readonly index: number;
  readonly record: string;
  readonly proof: readonly Uint8Array[];
  readonly consistency: readonly Uint8Array[];
}
let shown: Shown;

beforeAll(async () => {
  making = await kept({ kind: "sqlite", path: join(folder, "a.db") }, key);
  await making.hour();
  await making.hour();
  const { log } = making;
  const [early, late] = await log.checkpoints("a", 0, 2);
  const [first, last] = [early, late].map((each) => parseCheckpoint(each?.note ?? "")?.checkpoint);
  const [leaf] = await log.leaves("a", 17, 1);
  if (late === undefined || first === undefined || last === undefined || leaf === undefined)
    throw new Error("nothing is signed");
  const cells = (await log.rows("a", leaf.kind, [leaf.id])).get(leaf.id) ?? {};
  const load = loadOf(log, "a");
  shown = {
    note: late.note,
    origin: last.origin,
    size: last.size,
    before: { size: first.size, root: Buffer.from(first.root).toString("base64") },
    index: leaf.index,
    record: recordText(leaf.kind, cells),
    proof: await inclusionProof(leaf.index, last.size, load),
    consistency: await consistencyProof(first.size, last.size, load),
  };
});
afterAll(async () => {
  await making.close();
  rmSync(folder, { recursive: true, force: true });
});

interface Sigstore {
  readonly verifyCheckpoint: (entry: object, logs: readonly object[]) => { readonly logSize: bigint };
  readonly verifyMerkleInclusion: (entry: object, checkpoint: object) => void;
}

test("Sigstore's verifier reads the checkpoint, and finds the record in it", () => {
  const require = createRequire(import.meta.url);
  const { verifyCheckpoint } = require("@sigstore/verify/dist/tlog/checkpoint.js") as Sigstore;
  const { verifyMerkleInclusion } = require("@sigstore/verify/dist/tlog/merkle.js") as Sigstore;
  const { id } = verifierOf(shown.origin, key);
  const publicKey = createPublicKey(key);
  const logs = [{ logID: Buffer.from(id), baseURL: shown.origin, publicKey }];
  const entry = (record: string) => ({
    canonicalizedBody: Buffer.from(record),
    inclusionProof: {
      checkpoint: { envelope: shown.note },
      logIndex: String(shown.index),
      hashes: shown.proof.map((hash) => Buffer.from(hash)),
    },
  });
  const checkpoint = verifyCheckpoint(entry(shown.record), logs);
  expect(checkpoint.logSize).toBe(BigInt(shown.size));
  expect(() => verifyMerkleInclusion(entry(shown.record), checkpoint)).not.toThrow();
  expect(() => verifyMerkleInclusion(entry(`${shown.record} `), checkpoint)).toThrow(/root hash/i);
  const forged = { inclusionProof: { checkpoint: { envelope: shown.note.replace("\n46\n", "\n47\n") } } };
  expect(() => verifyCheckpoint(forged, logs)).toThrow("invalid checkpoint signature");
});

const [goRoot = "", goVersion = ""] = (
  spawnSync("go", ["env", "GOROOT", "GOVERSION"], { encoding: "utf8" }).stdout ?? ""
).split("\n");
const SUMDB = join(goRoot, "src/cmd/vendor/golang.org/x/mod/sumdb");
const hasGo = goRoot !== "" && existsSync(join(SUMDB, "tlog"));

test.skipIf(!hasGo)(
  "Go's sumdb/note and sumdb/tlog read the checkpoint, the key and both proofs",
  () => {
    const module = join(folder, "go");
    mkdirSync(module);
    cpSync(join(SUMDB, "note"), join(module, "note"), { recursive: true });
    cpSync(join(SUMDB, "tlog"), join(module, "tlog"), { recursive: true });
    cpSync(join(import.meta.dirname, "interop/main.go"), join(module, "main.go"));
    writeFileSync(
      join(module, "go.mod"),
      `module example.com/interop\n\ngo ${goVersion.replace("go", "")}\n`,
    );
    const env = { ...process.env, GOFLAGS: "-mod=mod", GOPROXY: "off", GOTOOLCHAIN: "local" };
    const built = spawnSync("go", ["build", "-o", "check", "."], { cwd: module, env, encoding: "utf8" });
    expect(built.stderr).toBe("");
    const base64 = (hashes: readonly Uint8Array[]) =>
      hashes.map((hash) => Buffer.from(hash).toString("base64"));
    const asked = (more: object) =>
      spawnSync(join(module, "check"), {
        encoding: "utf8",
        input: JSON.stringify({
          ...shown,
          key: verifierText(verifierOf(shown.origin, key)),
          proof: base64(shown.proof),
          consistency: base64(shown.consistency),
          ...more,
        }),
      });
    const { stdout, stderr } = asked({});
    expect([stderr, stdout]).toEqual(["", `good ${shown.origin} ${shown.size}\n`]);
    expect(asked({ record: `${shown.record} ` }).status).toBe(1);
    expect(asked({ note: shown.note.replace("\n46\n", "\n47\n") }).status).toBe(1);
    expect(asked({ before: { size: 22, root: shown.before.root } }).status).toBe(1);
  },
  120_000,
);
