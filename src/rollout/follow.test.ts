import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { Problems } from "../document/problem.ts";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { type Acting, apply, rollback } from "./act.ts";
import { type Follower, follow } from "./follow.ts";
import { type Ready, readied } from "./ready.ts";
import type { Setting } from "./setting.ts";

let folder: string;
let store: Store;
let follower: Follower | undefined;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "follow-"));
  store = await openStore({ kind: "sqlite", path: join(folder, "p.db") });
});
afterEach(async () => {
  await follower?.close();
  follower = undefined;
  await store.close();
  rmSync(folder, { recursive: true });
});

const anywhere = { resourceArgs: () => [] };
const here = { ...anywhere, servers: ["here"] };
const policy = (server: string): Ready =>
  readied(
    [{ file: "p.yaml", text: `rules: [{ name: r, match: { server: ${server} }, allow: true }]` }],
    anywhere,
    0,
  );
const [OWN, ELSEWHERE] = [policy("here"), policy("elsewhere")];
const log: string[] = [];
const hear = (_: unknown, message: string): void => void log.push(message);
const setting = (): Setting => ({
  policies: store.policies,
  options: here,
  own: { from: { name: "files", read: () => Promise.resolve(OWN.sources) }, first: OWN },
  log: { info: hear, error: hear } as unknown as Setting["log"],
  now: () => 0,
});
const acting = (): Acting => ({
  policies: store.policies,
  own: OWN.policy.version,
  who: "ana",
  message: "",
  now: () => 0,
});
const ana = { id: "ana", tenant: "default", roles: [], scopes: [], source: "host" } as const;

test("what is applied and cannot be put in force here leaves the last good version, and is told once", async () => {
  follower = await follow(setting());
  await apply(acting(), ELSEWHERE, undefined);
  while (follower.status().problem === undefined) await sleep(20);
  expect(follower.status()).toMatchObject({
    version: OWN.policy.version,
    problem: expect.stringContaining("elsewhere") as string,
  });
  expect(follower.reigns(ana).policy.version).toBe(OWN.policy.version);
  await rollback(acting(), undefined);
  while (follower.status().problem !== undefined) await sleep(20);
  expect(log.filter((message) => message.includes("last good version"))).toHaveLength(1);
});

test("a gate does not start where what is in force cannot be put in force here", async () => {
  await apply(acting(), ELSEWHERE, undefined);
  await expect(follow(setting())).rejects.toThrow(Problems);
});

test("a policy that is larger than a store keeps is not followed", async () => {
  const text = `${OWN.sources[0]?.text ?? ""} #${"x".repeat(9 * 1024 * 1024)}`;
  const sources = [{ file: "p.yaml", text }];
  const first = { ...OWN, sources };
  const own = { from: { name: "files", read: () => Promise.resolve(sources) }, first };
  await expect(follow({ ...setting(), own })).rejects.toThrow("more than 8 MiB");
  expect(() => readied(sources, here, 0)).toThrow(Problems);
});

test("a store that cannot be asked leaves what is in force, and is told", async () => {
  let down = false;
  const policies: Setting["policies"] = {
    ...store.policies,
    changes: (limit) => (down ? Promise.reject(new Error("gone fishing")) : store.policies.changes(limit)),
  };
  follower = await follow({ ...setting(), policies });
  down = true;
  while (follower.status().problem === undefined) await sleep(20);
  expect(follower.status().problem).toBe("gone fishing");
  expect(follower.reigns(ana).policy.version).toBe(OWN.policy.version);
  down = false;
  while (follower.status().problem !== undefined) await sleep(20);
});

test("without files everything is denied until something is applied", async () => {
  const { own: _, ...without } = setting();
  follower = await follow(without);
  expect(follower.status()).toEqual({ from: "store", version: "none" });
  await apply({ ...acting(), own: undefined }, OWN, undefined);
  while (follower.status().version === "none") await sleep(20);
  expect(follower.reigns(ana).policy.version).toBe(OWN.policy.version);
});
