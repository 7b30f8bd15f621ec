import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, expect, test } from "vitest";
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
