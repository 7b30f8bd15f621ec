import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { backupsOf, writeClientFile } from "./write.ts";

let folder = "";
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "portcullis-write-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const AT = new Date("2026-11-21T10:20:30.456Z");
const WAS = Buffer.from("was");

function make(name: string, text = "was"): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
const write = (
  file: string,
  bytes: string | undefined = "is",
  was: Buffer | undefined = WAS,
): ReturnType<typeof writeClientFile> => writeClientFile({ file, was, bytes, backup: was, at: AT });
const mode = (file: string): number => statSync(file).mode & 0o777;

describe("writing a client's file", () => {
  test("replaces it, keeps its mode, and leaves what it was beside it, for its owner alone", () => {
    const file = make("mcp.json");
    chmodSync(file, 0o640);
    expect(write(file)).toEqual({ backup: `${file}.portcullis-backup-20261121T102030Z` });
    expect(readFileSync(file, "utf8")).toBe("is");
    expect(mode(file)).toBe(0o640);
    expect(backupsOf(file).map((backup) => [readFileSync(backup, "utf8"), mode(backup)])).toEqual([
      ["was", 0o600],
    ]);
    expect(readdirSync(folder)).toHaveLength(2);
  });

  test("takes no link for a backup: what it leads to is not kept, and may have no end", () => {
    const file = make("mcp.json");
    symlinkSync(file, `${file}.portcullis-backup-1`);
    symlinkSync("/dev/zero", `${file}.portcullis-backup-2`);
    expect(write(file)).toEqual({ backup: `${file}.portcullis-backup-20261121T102030Z` });
    expect(backupsOf(file).map((backup) => readFileSync(backup, "utf8"))).toEqual(["was"]);
  });

  test("overwrites no backup, and makes none that is there already", () => {
    const file = make("mcp.json");
    write(file);
    writeFileSync(file, "other");
    expect(write(file, "is", Buffer.from("other"))).toEqual({
      backup: `${file}.portcullis-backup-20261121T102030Z-2`,
    });
    writeFileSync(file, "was");
    expect(write(file)).toEqual({ backup: `${file}.portcullis-backup-20261121T102030Z` });
    expect(
      backupsOf(file)
        .map((backup) => readFileSync(backup, "utf8"))
        .toSorted(),
    ).toEqual(["other", "was"]);
  });

  test("follows a link to what it leads to, and leaves the link", () => {
    mkdirSync(join(folder, "dotfiles"));
    const file = make("dotfiles/mcp.json");
    const link = join(folder, "mcp.json");
    symlinkSync(file, link);
    write(link);
    expect(readFileSync(file, "utf8")).toBe("is");
    expect(backupsOf(link)).toEqual([`${file}.portcullis-backup-20261121T102030Z`]);
    expect(readdirSync(folder).toSorted()).toEqual(["dotfiles", "mcp.json"]);
  });

  test("leaves it alone where somebody changed it since, made it, or took it away", () => {
    const file = make("mcp.json", "changed");
    expect(write(file)).toMatchObject({ message: "was changed by another program meanwhile" });
    expect(write(file, "is", undefined)).toMatchObject({
      message: "was changed by another program meanwhile",
    });
    expect(readFileSync(file, "utf8")).toBe("changed");
    rmSync(file);
    expect(write(file)).toMatchObject({ message: "was changed by another program meanwhile" });
    expect(existsSync(file)).toBe(false);
  });

  test("makes one that is not there with its folder, for its owner alone, and takes it away again", () => {
    const file = join(folder, "new", "mcp.json");
    writeClientFile({ file, was: undefined, bytes: "is", backup: undefined, at: AT });
    expect(readFileSync(file, "utf8")).toBe("is");
    expect(mode(file)).toBe(0o600);
    writeClientFile({ file, was: Buffer.from("is"), bytes: undefined, backup: undefined, at: AT });
    expect(readdirSync(join(folder, "new"))).toEqual([]);
  });

  test("refuses what a link makes an administrator's", () => {
    const link = join(folder, "mcp.json");
    symlinkSync("/etc/hostname", link);
    const bytes = readFileSync("/etc/hostname");
    expect(writeClientFile({ file: link, was: bytes, bytes: "is", backup: bytes, at: AT })).toMatchObject({
      message: "is managed by an administrator",
    });
    expect(readFileSync("/etc/hostname")).toEqual(bytes);
  });

  test("leaves nothing behind where it cannot write", () => {
    const file = join(folder, "mcp.json", "below-a-file.json");
    make("mcp.json");
    const refused = writeClientFile({ file, was: undefined, bytes: "is", backup: undefined, at: AT });
    expect(refused).toMatchObject({ message: "may not be written" });
    expect(readdirSync(folder)).toEqual(["mcp.json"]);
  });
});
