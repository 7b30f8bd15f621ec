import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { parseCheckpoint } from "../../src/audit/note/checkpoint.ts";
import { parseVerifier, vouched } from "../../src/audit/note/note.ts";
import { isConsistent } from "../../src/audit/tree/check.ts";
import { type CallId, callId } from "../../src/call/id.ts";
import type { Principal } from "../../src/call/principal.ts";
import { closed, opened } from "../log/kept.ts";
import { type Api, openApi } from "./api.ts";

interface Verifying {
  readonly readKey: (text: string) => unknown;
  readonly verifyBundle: (
    lines: readonly string[],
    given: object,
  ) => Promise<{ readonly ok: boolean; readonly records: number }>;
}
const VERIFIER = pathToFileURL(join(import.meta.dirname, "../../verifier/verify.mjs")).href;

let api: Api;
let first: CallId;
const get = (path: string) => fetch(`${api.url}/log/${path}`);
const text = async (path: string): Promise<string> => await (await get(path)).text();
const someone = (roles: readonly string[], tenant = "default"): Principal => ({
  id: "ada",
  tenant,
  roles,
  scopes: [],
  source: "token",
});

async function call(): Promise<CallId> {
  const at = Date.now();
  const id = callId(at);
  await api.running.store.forTenant("default").journal.append([opened(id, at), closed(id, at)]);
  return id;
}

beforeAll(async () => {
  api = await openApi({ log: { checkpoint_s: 1 }, parts: async ({ evidence }) => ({ evidence }) });
  api.credential = someone(["auditor"]);
  first = await call();
  const last = await call();
  // The gate itself keeps its log and signs it, what was there at its start first.
  await vi.waitUntil(async () => (await get(`proof/${last}`)).status === 200, {
    timeout: 20_000,
    interval: 100,
  });
});
afterAll(async () => await api.close());
beforeEach(() => {
  api.credential = someone(["auditor"]);
});

test("an auditor gets the newest checkpoint, and the key that it is verified with", async () => {
  const signed = parseCheckpoint(await text("checkpoint"));
  const { key, origin } = JSON.parse(await text("key")) as { readonly key: string; readonly origin: string };
  const verifier = parseVerifier(key);
  if (signed === undefined || verifier === undefined) throw new Error("no checkpoint, or no key");
  expect(signed.checkpoint.origin).toBe(origin);
  expect(vouched(signed.note, verifier)).toEqual({ at: undefined });
  expect((await get("checkpoint")).headers.get("content-type")).toBe("text/plain; charset=utf-8");
});

test("a call is proved by what anybody can check", async () => {
  const { key } = JSON.parse(await text("key")) as { readonly key: string };
  const bundle = await text(`proof/${first}`);
  const { readKey, verifyBundle } = (await import(VERIFIER)) as Verifying;
  expect(await verifyBundle(bundle.split("\n"), { key: readKey(key) })).toMatchObject({
    ok: true,
    records: 2,
  });
  const forged = bundle.replace("read_file", "dele_file");
  expect(await verifyBundle(forged.split("\n"), { key: readKey(key) })).toMatchObject({ ok: false });
});

test("that the log only grew is proved from any size that it had", async () => {
  const { size, proof, checkpoint } = JSON.parse(await text("consistency?from=1")) as {
    readonly size: number;
    readonly proof: readonly string[];
    readonly checkpoint: string;
  };
  const [leaf] = await (await api.running.evidence.tables()).leaves("default", 0, 1);
  const root = parseCheckpoint(checkpoint)?.checkpoint.root;
  const hashes = proof.map((hash) => Buffer.from(hash, "base64"));
  if (leaf === undefined || root === undefined) throw new Error("no leaf, or no root");
  expect(isConsistent(1, leaf.hash, size, root, hashes)).toBe(true);
  expect((await get("consistency?from=100000")).status).toBe(409);
  expect((await get("consistency?from=-1")).status).toBe(400);
});

test("what is not in the log, or not signed yet, is said", async () => {
  expect((await get("proof/call_00000000000000000000000000")).status).toBe(404);
  expect((await get("proof/nonsense")).status).toBe(404);
  const fresh = await call();
  expect([404, 409]).toContain((await get(`proof/${fresh}`)).status);
});

test("nobody else gets it, nor anybody another tenant's", async () => {
  for (const path of ["checkpoint", "key", `proof/${first}`, "consistency?from=1"]) {
    for (const roles of [["viewer"], ["user"], ["operator"]]) {
      api.credential = someone(roles);
      expect((await get(path)).status).toBe(403);
    }
    api.credential = someone(["auditor"], "acme");
    const other = `${path}${path.includes("?") ? "&" : "?"}tenant_id=default`;
    expect((await get(other)).status).toBe(403);
  }
});
