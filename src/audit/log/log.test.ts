import { generateKeyPairSync } from "node:crypto";
import { setImmediate as turn } from "node:timers/promises";
import { beforeEach, describe, expect, test } from "vitest";
import { engines, sql } from "../../../test/engines.ts";
import { actId, type CallId, callId } from "../../call/id.ts";
import type { StoreAddress } from "../../config/config.ts";
import { type LogTables, openLog } from "../../store/log.ts";
import { openStore } from "../../store/open.ts";
import type { Closed, Opened, Store } from "../../store/store.ts";
import { parseCheckpoint } from "../note/checkpoint.ts";
import { verifierOf, vouched } from "../note/note.ts";
import { isConsistent, isIncluded } from "../tree/check.ts";
import { consistencyProof, inclusionProof } from "../tree/prove.ts";
import { rowHash } from "./record.ts";
import { sequence, sequenceStep } from "./sequence.ts";
import { loadOf, signGrown } from "./sign.ts";

const ENGINES = engines();

/** Every character that JSON, or somebody who writes it, treats in a way of its own. */
const EVERY = `${Array.from({ length: 31 }, (_, at) => String.fromCharCode(at + 1)).join("")}"\\/\u007f\u0080\u2028\ufeff é 😀`;

const opened = (call: CallId, at: number): Opened => ({
  kind: "opened",
  call,
  at,
  principal: EVERY,
  client: "",
  era: "modern",
  server: "files",
  method: "tools/call",
  target: "read",
  target_kind: "tool",
  args_digest: "sha256:00",
  verdict: "allow",
  rule: "r",
  rule_source: "sha256:p",
  policy_version: "sha256:p",
  size_bytes: 10,
  detail: { arguments: { path: "/tmp/\u0001" } },
});
const closed = (call: CallId, at: number): Closed => ({
  kind: "closed",
  call,
  at,
  status: "ok",
  duration_us: 5,
  answer_digest: "",
  size_bytes: 1,
  detail: {},
});

/** Writes another leaf in the second one's place, past the triggers that keep it. */
async function forgeLeaf(address: StoreAddress): Promise<void> {
  if (address.kind === "sqlite") {
    await sql(address, "drop trigger log_leaves_no_update");
    await sql(address, "update log_leaves set hash = zeroblob(32) where idx = 1");
  } else {
    const forged = "update log_leaves set hash = decode(repeat('00', 32), 'hex') where idx = 1";
    await sql(address, `do $$ begin set local session_replication_role = replica; ${forged}; end $$`);
  }
}

async function calls(store: Store, tenant: string, count: number): Promise<readonly CallId[]> {
  const ids = Array.from({ length: count }, () => callId(Date.now()));
  const { journal } = store.forTenant(tenant);
  const events = (id: CallId) => [opened(id, Date.now()), closed(id, Date.now())];
  if (count > 3) await journal.append(ids.flatMap(events));
  else for (const id of ids) await journal.append(events(id));
  return ids;
}

const { privateKey: key } = generateKeyPairSync("ed25519");

describe.each(ENGINES)("the log in $name", ({ name: engine, address: place }) => {
  let address: StoreAddress;
  let store: Store;
  let log: LogTables;
  beforeEach(async () => {
    address = await place();
    [store, log] = [await openStore(address), await openLog(address)];
    return async () => {
      await log.close();
      await store.close();
    };
  });
  const sequenced = () => sequence(log, "me", turn);

  test("gives every row of every kind one leaf, in the order of the record, and each tenant a tree", async () => {
    expect(await sequenced()).toBe(0); // before there is a first one, too
    const [first] = await calls(store, "a", 3);
    const act = { kind: "act", id: actId(1), at: 1, principal: "p", action: "key.made" } as const;
    await store.forTenant("a").acts.write({ ...act, object: "k", outcome: "ok", detail: {} });
    await calls(store, "b", 1);
    expect(await sequenced()).toBe(9);
    expect(await sequenced()).toBe(0);
    const leaves = await log.leaves("a", 0, 100);
    expect(leaves.map(({ kind }) => kind)).toEqual([
      "opened",
      "closed",
      "opened",
      "closed",
      "opened",
      "closed",
      "act",
    ]);
    expect(leaves.map(({ index }) => index)).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(leaves[0]?.id).toBe(first);
    const rows = await log.rows(
      "a",
      "opened",
      leaves.map(({ id }) => id),
    );
    const cells = rows.get(first ?? "") ?? {};
    expect(cells["principal"]).toBe(EVERY);
    for (const { kind, id, hash } of leaves) {
      const row = (await log.rows("a", kind, [id])).get(id) ?? {};
      expect(Buffer.from(rowHash(kind, row))).toEqual(Buffer.from(hash));
    }
    expect(Object.keys(cells)).toContain("gate");
    expect((await log.tree("b")).size).toBe(2);
    expect(await log.tenants()).toEqual(["a", "b"]);
    expect(await log.unlogged("a", 10)).toEqual([]);
  });

  test("is signed where it has grown, and proves what is in it and that it only grew", async () => {
    const ids = await calls(store, "a", 150);
    await sequenced();
    const now = Date.now();
    expect(await signGrown(log, key, now)).toEqual({ signed: ["a"], trouble: undefined });
    expect(await signGrown(log, key, now)).toEqual({ signed: [], trouble: undefined });
    await calls(store, "a", 120);
    await sequenced();
    await signGrown(log, key, now + 5000);
    const notes = (await log.checkpoints("a", 0, 10)).map(({ note }) => parseCheckpoint(note));
    const [early, late] = notes;
    if (early === undefined || late === undefined) throw new Error("not signed twice");
    expect([early.checkpoint.size, late.checkpoint.size]).toEqual([300, 540]);
    const { origin, root, size } = late.checkpoint;
    expect(origin).toBe(`portcullis.local/${await log.store()}/a`);
    expect(vouched(late.note, verifierOf(origin, key))).toEqual({ at: undefined });
    const seconds = Math.floor((now + 5000) / 1000) * 1000;
    expect(vouched(late.note, verifierOf(origin, key, "cosignature/v1"))).toEqual({ at: seconds });
    const load = loadOf(log, "a");
    const leaf = await log.leafOf("a", "closed", ids[140] ?? "");
    if (leaf === undefined) throw new Error("no leaf");
    expect(isIncluded(leaf.hash, leaf.index, size, await inclusionProof(leaf.index, size, load), root)).toBe(
      true,
    );
    const consistent = await consistencyProof(300, 540, load);
    expect(isConsistent(300, early.checkpoint.root, 540, root, consistent)).toBe(true);
  });

  test("doubles nothing where two keep it at once", async () => {
    const other = await openLog(address);
    await calls(store, "a", 300);
    const both = await Promise.all([sequenced(), sequence(other, "me", turn)]);
    await sequenced();
    expect(both[0] + both[1]).toBeGreaterThan(0);
    const leaves = await log.leaves("a", 0, 1000);
    expect(new Set(leaves.map(({ kind, id }) => `${kind} ${id}`)).size).toBe(600);
    expect((await log.tree("a")).size).toBe(600);
    await other.close();
  });

  test("signs nothing that contradicts what it has signed", async () => {
    await calls(store, "a", 2);
    await sequenced();
    await signGrown(log, key, Date.now());
    await forgeLeaf(address);
    await calls(store, "a", 1);
    await sequenced();
    expect(await signGrown(log, key, Date.now())).toMatchObject({
      signed: [],
      trouble: expect.stringContaining("no longer has the 4 records that were signed") as string,
    });
  });

  test("signs nothing where what the next record is added to was changed, even if everything after fits", async () => {
    await calls(store, "a", 2);
    await sequenced();
    await signGrown(log, key, Date.now());
    const zeros = address.kind === "sqlite" ? "zeroblob(32)" : "decode(repeat('00', 32), 'hex')";
    await sql(address, `update log_trees set frontier = ${zeros} where tenant = 'a'`);
    await calls(store, "a", 2);
    await sequenced();
    expect(await signGrown(log, key, Date.now())).toMatchObject({
      signed: [],
      trouble: expect.stringContaining("does not go on from what was signed") as string,
    });
    // Nor the first time, when nothing was signed before.
    await calls(store, "b", 2);
    await sequenced();
    await sql(address, `update log_trees set frontier = ${zeros} where tenant = 'b'`);
    expect((await signGrown(log, key, Date.now(), "b")).signed).toEqual([]);
  });

  test.runIf(engine === "SQLite")("is left to who has it, until that is gone", async () => {
    await calls(store, "a", 1);
    expect(await log.lease("somebody", 200)).toBe(true);
    expect(await sequenceStep(log, "me")).toBe("raced");
    expect(await log.lease("somebody", -1)).toBe(true);
    expect(await sequenced()).toBe(2);
  });
});
