import { mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { locked } from "./lock.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-lock-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const work = (): Promise<string> => Promise.resolve("done");

test("one at a time, and nothing stays behind", async () => {
  const inner = await locked(folder, async () => await locked(folder, work));
  expect(inner).toBeUndefined();
  expect(await locked(folder, work)).toBe("done");
  await expect(locked(folder, () => Promise.reject(new Error("broken")))).rejects.toThrow("broken");
  expect(readdirSync(folder)).toEqual([]);
});

test("of a process that died nothing stays locked, and what has no name yet is waited for", async () => {
  const file = join(folder, "lock");
  // No process has this number: it is beyond what systems give.
  writeFileSync(file, "2147483646");
  expect(await locked(folder, work)).toBe("done");
  writeFileSync(file, "");
  expect(await locked(folder, work)).toBeUndefined();
  utimesSync(file, 0, 0);
  expect(await locked(folder, work)).toBe("done");
});
