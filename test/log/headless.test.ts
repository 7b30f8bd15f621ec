import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
import { rowHash } from "../../src/audit/log/record.ts";
import { verifyLog } from "../../src/audit/proof/verify.ts";
import { callId } from "../../src/call/id.ts";
import { closed, type Kept, kept, NOON, opened } from "./kept.ts";

const folder = mkdtempSync(join(tmpdir(), "headless-"));
const path = join(folder, "log.db");
let log: Kept;
beforeAll(async () => {
  log = await kept({ kind: "sqlite", path });
});
afterAll(async () => {
  await log.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a call whose opening was taken away before it had its leaf is found by its end", async () => {
  const call = callId(NOON);
  await log.store.forTenant("a").journal.append([opened(call, NOON), closed(call, NOON + 500)]);
  const db = new DatabaseSync(path);
  db.exec("drop trigger opened_no_delete; delete from opened");
  db.close();
  await log.hour();
  const against = { key: log.key, witnesses: [], known: [], since: undefined };
  const { findings } = await verifyLog(log.log, "a", against);
  expect(findings.map(({ kind, record }) => [kind, record])).toEqual([["deleted", `closed ${call}`]]);
});

test("a row of an older gate, which knows fewer columns, has the leaf that it always had", async () => {
  await log.hour();
  const [one, another] = [callId(NOON + 9e6), callId(NOON + 9e6)];
  await log.store.forTenant("old").journal.append([opened(one, NOON + 9e6)]);
  const db = new DatabaseSync(path);
  const columns = db
    .prepare("select name from pragma_table_info('opened')")
    .all()
    .map((row) => String(row["name"]));
  const old = columns.filter((name) => name !== "session" && name !== "request");
  const cells = old.map((name) => (name === "call" ? `'${another}'` : name === "seq" ? "seq + 1" : name));
  db.exec(
    `insert into opened (${old.join(", ")}) select ${cells.join(", ")} from opened where call = '${one}'`,
  );
  const row = db.prepare(`select ${old.join(", ")} from opened where call = ?`).get(another);
  db.close();
  await log.hour();
  const leaf = await log.log.leafOf("old", "opened", another);
  expect(Buffer.from(leaf?.hash ?? [])).toEqual(Buffer.from(rowHash("opened", { ...row } as never)));
  const against = { key: log.key, witnesses: [], known: [], since: undefined };
  expect((await verifyLog(log.log, "old", against)).findings).toEqual([]);
});
