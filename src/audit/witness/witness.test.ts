import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeEach, expect, test } from "vitest";
import { signCheckpoint } from "../note/checkpoint.ts";
import { parseNote, verifierOf, vouched } from "../note/note.ts";
import { growing, NO_TREE } from "../tree/grow.ts";
import { leafHash } from "../tree/hash.ts";
import { consistencyProof, rootAt } from "../tree/prove.ts";
import { listen } from "./server.ts";
import { fileMemory } from "./state.ts";
import { type Witness, witness } from "./witness.ts";

const folder = mkdtempSync(join(tmpdir(), "witness-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const { privateKey: logKey } = generateKeyPairSync("ed25519");
const { privateKey: otherKey } = generateKeyPairSync("ed25519");
const { privateKey: key } = generateKeyPairSync("ed25519");
const ORIGIN = "example.com/log";
const NOW = 1_800_000_000_000;

/** Two histories that are the same for ten records. */
const leaves = (history: string) =>
  Array.from({ length: 40 }, (_, at) => leafHash(at < 10 ? `${at}` : `${history} ${at}`));
const load = (history: string) => async (level: number, from: number, count: number) =>
  level === 0 ? leaves(history).slice(from, from + count) : [];

async function request(old: number, size: number, history = "a", by = logKey): Promise<string> {
  const root = await rootAt(size, load(history));
  const proof = await consistencyProof(old, size, load(history));
  const note = signCheckpoint({ origin: ORIGIN, size, root }, by, NOW);
  return [`old ${old}`, ...proof.map((hash) => Buffer.from(hash).toString("base64")), "", note].join("\n");
}

let files = 0;
let state: string;
let asked: Witness;
const start = (): Witness =>
  witness({
    name: "w",
    key,
    logs: [verifierOf(ORIGIN, logKey)],
    memory: fileMemory(state),
    now: () => NOW,
  });
beforeEach(() => {
  state = join(folder, `${++files}`, "seen.json");
  asked = start();
});

test("signs what only grew, with the time, and goes on after it was started again", async () => {
  const body = await request(0, 7);
  const { status, text } = await asked.add(body);
  expect(status).toBe(200);
  const note = parseNote(`${body.slice(body.indexOf("\n\n") + 2).split("\n\n")[0]}\n\n${text}`);
  if (note === undefined) throw new Error("no note");
  expect(vouched(note, verifierOf("w", key, "cosignature/v1"))).toEqual({ at: NOW });
  asked = start();
  expect((await asked.add(await request(7, 12))).status).toBe(200);
  expect((await asked.add(await request(12, 12))).status).toBe(200);
  expect(readFileSync(state, "utf8")).toContain('"size": 12');
});

test("never signs two histories, whatever it is told of the one before", async () => {
  expect((await asked.add(await request(0, 20, "a"))).status).toBe(200);
  expect(await asked.add(await request(0, 30, "b"))).toMatchObject({ status: 409, text: "20\n" });
  expect(await asked.add(await request(20, 30, "b"))).toMatchObject({ status: 422 });
  expect(await asked.add(await request(20, 20, "b"))).toMatchObject({ status: 409 });
  expect(await asked.add(await request(0, 5))).toMatchObject({ status: 409, type: "text/x.tlog.size" });
  const both = await Promise.all([asked.add(await request(20, 25)), asked.add(await request(20, 30))]);
  expect(both.map(({ status }) => status)).toEqual([200, 409]);
});

test("signs for no log that it does not know, and nothing that is not signed by its key", async () => {
  const stranger = (await request(0, 5)).replaceAll(ORIGIN, "example.com/other");
  expect((await asked.add(stranger)).status).toBe(404);
  expect((await asked.add(await request(0, 5, "a", otherKey))).status).toBe(403);
  const edited = (await request(0, 5)).replace("\n5\n", "\n6\n");
  expect((await asked.add(edited)).status).toBe(403);
});

test.each(["", "old 0", "old -1\n\nx", "old 0\nnot base64!\n\n", "old 9\n\n", "new 0\n\nx\n1\ny\n\n— a b\n"])(
  "takes %j for no request",
  async (body) => {
    expect((await asked.add(body)).status).toBe(400);
  },
);

test("does not take a checkpoint smaller than it says the log was", async () => {
  const body = (await request(3, 5)).replace("old 3", "old 6");
  expect((await asked.add(body)).status).toBe(400);
});

test("does not start with a memory that it cannot read", () => {
  asked = start();
  writeFileSync(state, "{");
  expect(() => start()).toThrow(/JSON/);
  writeFileSync(state, '{"a": 1}');
  expect(() => start()).toThrow("is not what a witness remembers");
});

test("is asked over HTTP, at one address, with a bound on what is said", async () => {
  const serving = await listen(asked, "127.0.0.1", 0);
  const post = async (body: string) =>
    (await fetch(`${serving.url}/add-checkpoint`, { method: "POST", body })).status;
  expect(await post(await request(0, growing(NO_TREE).size() + 7))).toBe(200);
  expect(await post(await request(0, 7))).toBe(409);
  expect(await post("x".repeat(70_000))).toBe(413);
  expect((await fetch(`${serving.url}/add-checkpoint`)).status).toBe(405);
  expect((await fetch(serving.url)).status).toBe(404);
  await serving.close();
});
