import { describe, expect, test } from "vitest";
import type { Opened } from "../clients/keychain.ts";
import type { StdioServer } from "../config/config.ts";
import { withKeychain } from "./references.ts";

const SERVER: StdioServer = {
  transport: "stdio",
  name: "github",
  prefix: undefined,
  timeout_ms: 1000,
  sessions: 1,
  resource_args: [],
  command: "npx",
  args: ["--token", "keychain:portcullis/github/token/01", "plain"],
  env: { GITHUB_TOKEN: "keychain:portcullis/github/GITHUB_TOKEN/02", LOG: "see keychain:portcullis/x" },
  cwd: "/",
  secrets: [],
};

const kept: Readonly<Record<string, string>> = { "github/token/01": "one", "github/GITHUB_TOKEN/02": "two" };
const opened = (get: (account: string) => Promise<string | undefined>): (() => Promise<Opened>) => {
  const none = (): Promise<void> => Promise.resolve();
  return () => Promise.resolve({ kind: "open", keychain: { get, set: none, delete: none } });
};

describe("a server whose secrets are in the keychain", () => {
  test("gets them in its environment and its arguments, and they are known as secrets", async () => {
    const server = await withKeychain(
      SERVER,
      opened((account) => Promise.resolve(kept[account])),
    );
    expect(server.args).toEqual(["--token", "one", "plain"]);
    expect(server.env).toEqual({ GITHUB_TOKEN: "two", LOG: "see keychain:portcullis/x" });
    expect(server.secrets).toEqual(["one", "two"]);
  });

  test("does not start without one: the name is said, and the way out", async () => {
    const failing = withKeychain(
      SERVER,
      opened(() => Promise.resolve(undefined)),
    );
    await expect(failing).rejects.toMatchObject({
      exit: 3,
      message: "the keychain has no keychain:portcullis/github/token/01",
      fix: expect.stringContaining("--move-secrets"),
    });
  });

  test("does not start where the keychain is locked, or there is none", async () => {
    const locked = withKeychain(
      SERVER,
      opened(() => Promise.reject(new Error("locked"))),
    );
    await expect(locked).rejects.toMatchObject({ exit: 3, message: expect.stringContaining("locked") });
    const none = withKeychain(SERVER, () => Promise.resolve({ kind: "none", why: "no bus" }));
    await expect(none).rejects.toMatchObject({
      exit: 3,
      message: "github needs the system keychain, and none answers: no bus",
    });
  });
});

test("a server that names none has no keychain opened for it", async () => {
  const plain = { ...SERVER, args: [], env: { A: "b" } };
  expect(await withKeychain(plain, () => Promise.reject(new Error("opened")))).toBe(plain);
});
