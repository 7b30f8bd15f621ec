// What `audit verify` answers where there is nothing left to verify.
import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, expect, test } from "vitest";
import { verify } from "../../src/cli/records/audit-verify.ts";
import { openStore } from "../../src/store/open.ts";
import { kept } from "./kept.ts";

const folder = mkdtempSync(join(tmpdir(), "nothing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function configured(store: string, more: object = {}): { readonly config: string } {
  const config = join(folder, `${store}.yaml`);
  const settings = { version: 1, store: `sqlite:${store}`, mcpServers: { s: { command: "true" } }, ...more };
  writeFileSync(config, JSON.stringify(settings));
  return { config };
}

test("an empty record is not a good one, and one that is not there is not made", async () => {
  await (await openStore({ kind: "sqlite", path: join(folder, "empty.db") })).close();
  expect(await verify([], configured("empty.db"))).toBe(1);
  await expect(verify([], configured("away.db"))).rejects.toMatchObject({ exit: 3 });
  expect(existsSync(join(folder, "away.db"))).toBe(false);
  const options = { offline: join(folder, "away.bundle"), key: "k" };
  await expect(verify([], options)).rejects.toMatchObject({ exit: 2 });
});

test("a tenant that was taken away whole is missed where an anchor has seen it, and a checkpoint is held against its own log", async () => {
  const path = join(folder, "two.db");
  const log = await kept({ kind: "sqlite", path });
  await log.hour();
  const notes = await Promise.all(["a", "b"].map((tenant) => log.log.checkpoint(tenant)));
  await log.close();
  const pem = log.key.export({ type: "pkcs8", format: "pem" }).toString();
  const line = (note: string | undefined) => JSON.stringify({ note });
  writeFileSync(join(folder, "tape"), notes.map((signed) => `${line(signed?.note)}\n`).join(""));
  writeFileSync(join(folder, "b.note"), notes[1]?.note ?? "");
  const options = configured("two.db", {
    log: { key: pem },
    anchors: { tape: { kind: "file", path: "tape" } },
  });
  expect(await verify([], options)).toBe(0);
  expect(await verify([], { ...options, since: join(folder, "b.note") })).toBe(0);
  expect(await verify([], { ...options, tenant: "nobody" })).toBe(1);

  const db = new DatabaseSync(path);
  const named = db.prepare("select type, name from sqlite_schema where type in ('trigger', 'table')").all();
  for (const { name } of named.filter(({ type }) => type === "trigger"))
    db.exec(`drop trigger ${String(name)}`);
  for (const { name } of named.filter(({ type }) => type === "table")) {
    const columns = db.prepare(`pragma table_info(${String(name)})`).all();
    if (columns.some((column) => column["name"] === "tenant"))
      db.exec(`delete from ${String(name)} where tenant = 'b'`);
  }
  db.close();
  expect(await verify([], options)).toBe(1);
});
