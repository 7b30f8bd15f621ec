import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { readPolicyFiles } from "./policy-files.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-policy-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

test("files are read by name, folders in folders too, each once, and only policies", () => {
  mkdirSync(join(folder, "p/teams"), { recursive: true });
  mkdirSync(join(folder, "p/.git"));
  for (const name of [
    "p/b.yaml",
    "p/a.yml",
    "p/teams/c.yaml",
    "p/README.md",
    "p/.hidden.yaml",
    "p/.git/x.yaml",
  ]) {
    writeFileSync(join(folder, name), name);
  }
  const sources = readPolicyFiles([join(folder, "p"), join(folder, "p/b.yaml")], folder);
  expect(sources).toEqual(
    ["p/a.yml", "p/b.yaml", "p/teams/c.yaml"].map((name) => ({ file: name, text: name })),
  );
});

test("what is not there and what holds no policy is named, all at once", () => {
  mkdirSync(join(folder, "empty"));
  expect(() => readPolicyFiles([join(folder, "none.yaml"), join(folder, "empty")], folder)).toThrow(Problems);
  expect(() => readPolicyFiles([join(folder, "none.yaml"), join(folder, "empty")], folder)).toThrow(
    /none\.yaml {2}cannot be read: ENOENT[^]*\nempty {2}holds no policy/,
  );
});
