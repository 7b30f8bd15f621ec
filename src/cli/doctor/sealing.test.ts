import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { sealing } from "./sealing.ts";

const folder = mkdtempSync(join(tmpdir(), "sealing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const outbound = { allow: [] };

test("a key that is well, or that is made when it is needed, is not spoken of", async () => {
  expect(await sealing({ keys: { kind: "file", path: join(folder, "none.keys") }, outbound })).toEqual([]);
  expect(await sealing({ keys: { kind: "secret", keys: ["A".repeat(43)] }, outbound })).toEqual([]);
});

test("records in clear are told of, and a key file that is none", async () => {
  expect(await sealing({ keys: { kind: "none" }, outbound })).toMatchObject([
    { level: "warn", check: "keys" },
  ]);
  const path = join(folder, "wrong.keys");
  writeFileSync(path, "{}", { mode: 0o600 });
  expect(await sealing({ keys: { kind: "file", path }, outbound })).toMatchObject([
    { level: "fail", check: "keys", message: expect.stringContaining("is no key file") },
  ]);
});
