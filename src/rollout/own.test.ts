import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { changesIn, ownFiles } from "./own.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "own-"));
});
afterEach(() => rmSync(folder, { recursive: true }));
const write = (text: string): void => writeFileSync(join(folder, "main.yaml"), text);

test("a file that changed is told once, when it was the same twice", async () => {
  write("one");
  const own = ownFiles([folder], folder);
  const changes = changesIn(own, await own.read());
  expect(await changes()).toBeUndefined();
  write("half");
  expect(await changes()).toBeUndefined();
  write("half and the other half");
  expect(await changes()).toBeUndefined();
  expect(await changes()).toEqual({
    kind: "texts",
    sources: [{ file: "main.yaml", text: "half and the other half" }],
  });
  expect(await changes()).toBeUndefined();
});

test("what is changed back before it was told is no change", async () => {
  write("one");
  const own = ownFiles([folder], folder);
  const changes = changesIn(own, await own.read());
  write("two");
  expect(await changes()).toBeUndefined();
  write("one");
  expect(await changes()).toBeUndefined();
  expect(await changes()).toBeUndefined();
});

test("files that are gone are told as what is wrong, and told again when they are back", async () => {
  write("one");
  const own = ownFiles([folder], folder);
  const changes = changesIn(own, await own.read());
  rmSync(join(folder, "main.yaml"));
  await changes();
  expect(await changes()).toMatchObject({ kind: "wrong" });
  expect(await changes()).toBeUndefined();
  write("one");
  await changes();
  expect(await changes()).toMatchObject({ kind: "texts" });
});
