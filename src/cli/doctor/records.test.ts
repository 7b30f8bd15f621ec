import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { callId } from "../../call/id.ts";
import { openStore } from "../../store/open.ts";
import type { Opened } from "../../store/store.ts";
import { records } from "./records.ts";

let folder = "";
beforeAll(() => (folder = mkdtempSync(join(tmpdir(), "portcullis-doctor-"))));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function opened(at: number): Opened {
  return {
    kind: "opened",
    call: callId(at),
    at,
    principal: "ana",
    client: "",
    era: "modern",
    server: "files",
    method: "tools/call",
    target: "read_file",
    target_kind: "tool",
    args_digest: "sha256:0",
    verdict: "allow",
    rule: "read",
    rule_source: "sha256:0",
    policy_version: "sha256:0",
    size_bytes: 1,
    detail: {},
  };
}

async function recorded(name: string, at: number, tenant = "default") {
  const address = { kind: "sqlite", path: join(folder, name) } as const;
  const store = await openStore(address);
  const event = opened(at);
  await store.forTenant(tenant).journal.append([event]);
  await store.close();
  return { address, call: event.call };
}

test("a call whose gate ended before its answer is told of, with the command that shows it", async () => {
  const { address, call } = await recorded("left.db", Date.now() - 1000);
  const found = await records(address);
  expect(found.find(({ check }) => check === "records")).toMatchObject({
    level: "warn",
    message: expect.stringContaining("1 of 1 calls"),
    fix: `portcullis why ${call}`,
  });
  expect(found.find(({ check }) => check === "clock")).toMatchObject({ level: "ok" });
});

test("calls of other tenants count, and the command says whose they are", async () => {
  const { address, call } = await recorded("acme.db", Date.now() - 1000, "acme");
  expect((await records(address, ["acme"])).find(({ check }) => check === "records")).toMatchObject({
    level: "warn",
    message: expect.stringContaining("1 of 1 calls"),
    fix: `portcullis why ${call} --tenant acme`,
  });
});

test("a clock that is behind the newest record is a failure", async () => {
  const { address } = await recorded("ahead.db", Date.now() + 3_600_000);
  expect((await records(address)).find(({ check }) => check === "clock")).toMatchObject({
    level: "fail",
    message: expect.stringContaining("the newest record is from"),
  });
});

test("a store that is another program's, and one that cannot be made, are failures with a fix", async () => {
  expect(await records({ kind: "postgres", url: "postgres://ana:hush@127.0.0.1:1/none" })).toMatchObject([
    { level: "fail", check: "store", message: expect.not.stringContaining("hush") },
  ]);
  const missing = await records({ kind: "sqlite", path: join(folder, "deep/er/none.db") });
  expect(missing[0]).toMatchObject({ level: "ok", message: expect.stringContaining("not there yet") });
});
