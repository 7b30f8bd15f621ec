import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { GitPlace } from "../config/policy-place.ts";
import { Problems } from "../document/problem.ts";
import { ownGit, readGitFolder } from "./git.ts";

const signs = spawnSync("ssh-keygen", ["-?"]).error === undefined;
let root: string;
let repository: string;
beforeAll(() => {
  root = mkdtempSync(join(tmpdir(), "git-"));
  repository = join(root, "policies");
  mkdirSync(join(repository, "gate", ".hidden"), { recursive: true });
  git("init", "-q", "-b", "main");
  write("gate/b.yaml", "b: 1\n\nend");
  write("gate/a.yml", "a: é\n");
  write("gate/notes.md", "no policy");
  write("gate/.hidden/c.yaml", "c");
  write("other/d.yaml", "d");
  symlinkSync("/etc/hostname", join(repository, "gate", "link.yaml"));
  commit("first");
  git("branch", "empty");
});
afterAll(() => rmSync(root, { recursive: true }));

function git(...words: readonly string[]): string {
  const who = {
    GIT_AUTHOR_NAME: "t",
    GIT_AUTHOR_EMAIL: "t@t",
    GIT_COMMITTER_NAME: "t",
    GIT_COMMITTER_EMAIL: "t@t",
  };
  const env = { PATH: process.env["PATH"] ?? "", HOME: root, ...who };
  return execFileSync("git", ["-C", repository, ...words], { env, encoding: "utf8" });
}
function write(file: string, text: string): void {
  mkdirSync(join(repository, file, ".."), { recursive: true });
  writeFileSync(join(repository, file), text);
}
function commit(message: string): void {
  git("add", "-A");
  git("commit", "-q", "-m", message);
}
const place = (over: Partial<GitPlace> = {}): GitPlace => ({
  kind: "git",
  repository,
  ref: "main",
  path: "gate",
  verify: false,
  ...over,
});

describe("a policy in a Git repository", () => {
  test("is the plain files of the commit, in their order, as they were committed", () => {
    write("gate/b.yaml", "not committed");
    expect(readGitFolder(place())).toEqual([
      { file: "gate/a.yml", text: "a: é\n" },
      { file: "gate/b.yaml", text: "b: 1\n\nend" },
    ]);
    git("checkout", "-q", "--", ".");
    expect(readGitFolder(place({ path: "gate/b.yaml" }))).toHaveLength(1);
    expect(readGitFolder(place({ path: "" })).map(({ file }) => file)).toContain("other/d.yaml");
  });

  test("can be in a bare one", () => {
    const bare = join(root, "bare.git");
    git("clone", "-q", "--bare", repository, bare);
    expect(readGitFolder(place({ repository: bare }))).toHaveLength(2);
  });

  test("is read again when the branch goes on", async () => {
    const own = ownGit(place({ path: "moving.yaml" }));
    await expect(own.read()).rejects.toThrow(Problems);
    write("moving.yaml", "one");
    commit("second");
    expect(await own.read()).toEqual([{ file: "moving.yaml", text: "one" }]);
  });

  test.each([
    ["no such branch", { ref: "nowhere" }, /nowhere|revision/],
    ["no such folder", { path: "none" }, /holds no policy there/],
    ["no repository", { repository: "/" }, /not a git repository/],
    ["a folder that is not there", { repository: "/nowhere/at/all" }, /cannot change to/],
    ["a commit without a signature", { verify: true }, /./],
  ])("%s is said", (_, over, words) => {
    expect(() => readGitFolder(place(over))).toThrow(Problems);
    expect(() => readGitFolder(place(over))).toThrow(words);
  });

  test.skipIf(!signs)("passes with a good signature, and not with another's (needs ssh-keygen)", () => {
    const key = join(root, "key");
    const signers = join(root, "signers");
    execFileSync("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", key]);
    const [type = "", text = ""] = execFileSync("ssh-keygen", ["-y", "-f", key], { encoding: "utf8" }).split(
      " ",
    );
    writeFileSync(signers, `t@t ${type} ${text}\n`);
    git("config", "gpg.format", "ssh");
    git("config", "user.signingkey", key);
    git("config", "gpg.ssh.allowedSignersFile", signers);
    git("commit", "-q", "--allow-empty", "-S", "-m", "signed");
    expect(readGitFolder(place({ verify: true }))).toHaveLength(2);
    writeFileSync(signers, "");
    expect(() => readGitFolder(place({ verify: true }))).toThrow(Problems);
  });
});
