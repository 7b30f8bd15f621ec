import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import { Missing, secretAt } from "./source.ts";

function fileOf(text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "portcullis-secret-"));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, "secret"), text);
  return join(folder, "secret");
}
const NONE = () => Promise.resolve(undefined);

test("a file is read again after a second, or where it is asked for", async () => {
  let at = 0;
  const path = fileOf("one\n");
  const secret = secretAt({ kind: "file", path }, { stored: NONE, ticks: () => at });
  expect(await secret("acme")).toBe("one");
  writeFileSync(path, "two");
  expect([await secret("globex"), await secret("globex", true)]).toEqual(["one", "two"]);
  writeFileSync(path, "three");
  at = 1000;
  expect(await secret("acme")).toBe("three");
});

test.each([
  ["empty", ""],
  ["larger than any secret", "x".repeat(70_000)],
])("a file that is %s is missing, and what it holds is not said", async (_, text) => {
  const secret = secretAt({ kind: "file", path: fileOf(text) }, { stored: NONE, ticks: () => 0 });
  await expect(secret("acme")).rejects.toBeInstanceOf(Missing);
  await expect(secret("acme")).rejects.not.toThrow("xxx");
});

test("a stored secret is its tenant's, and a missing one is looked for again", async () => {
  const kept = new Map<string, string>([["acme n", "a"]]);
  const stored = async (tenant: string, name: string): Promise<string | undefined> =>
    kept.get(`${tenant} ${name}`);
  const secret = secretAt({ kind: "stored", name: "n" }, { stored, ticks: () => 0 });
  expect(await secret("acme")).toBe("a");
  await expect(secret("globex")).rejects.toThrow("tenant globex has no secret n");
  kept.set("globex n", "g");
  expect([await secret("globex"), await secret("acme")]).toEqual(["g", "a"]);
});
