import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { planOf } from "../../src/cli/policy/rollout-plan.ts";
import { parseStore } from "../../src/config/address.ts";
import { ANONYMOUS } from "../../src/identity/local.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import { type Acting, apply, promote, rollback } from "../../src/rollout/act.ts";
import { readied } from "../../src/rollout/ready.ts";
import { standing } from "../../src/rollout/share.ts";
import { openStore } from "../../src/store/open.ts";
import { type Postgres, startPostgres } from "../postgres.ts";
import { modernClient } from "./http-client.ts";
import { folderWith, portcullis, type RunningGate, removeFolder, startGate } from "./running.ts";

const toy = resolve("test/servers/toy.ts");
const OLD = `defaults: { verdict: allow }
rules:
  - name: no-others
    match: { tool: other }
    deny: true
    why: There are none.
tests:
  - name: the toy may be used
    call: { server: toys, tool: toy }
    expect: { verdict: allow }
`;
const NEW = `defaults: { verdict: allow }
rules:
  - name: no-toys
    match: { tool: toy }
    when: method == "tools/call" # so that it is listed
    deny: true
    why: No more toys.
tests:
  - name: the toy may not be used
    call: { server: toys, tool: toy }
    expect: { verdict: deny, rule: no-toys }
`;

function versionOf(text: string): string {
  return parsePolicy([{ file: "", text }]).version;
}

/** The new policy, written so that whoever calls here is in its share of half, or is not. */
function newPolicy(inside: boolean): string {
  for (let at = 0; ; at++) {
    const text = `${NEW}# ${at}\n`;
    if (standing(ANONYMOUS, "principal", versionOf(text)) < 5000 === inside) return text;
  }
}

let postgres: Postgres;
const gates: RunningGate[] = [];
const folders: string[] = [];
beforeAll(async () => {
  postgres = await startPostgres();
});
afterEach(async () => {
  await Promise.all(gates.splice(0).map((gate) => gate.stop()));
  for (const folder of folders.splice(0)) removeFolder(folder);
});
afterAll(() => postgres.stop());

function setting(store: string, more: object = {}): string {
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      store,
      mcpServers: { toys: { command: process.execPath, args: [toy, "toy"] } },
      ...more,
    }),
    "policy/main.yaml": OLD,
    "next.yaml": newPolicy(true),
  });
  return folder;
}
async function gateIn(folder: string): Promise<RunningGate> {
  folders.push(folder);
  const gate = await startGate(folder);
  gates.push(gate);
  return gate;
}

const call = async ({ url }: RunningGate): Promise<string> =>
  (await modernClient(url)("tools/call", { name: "toy", arguments: {} })).text;
const policy = (folder: string, ...words: readonly string[]) => portcullis(["policy", ...words], folder);

interface Followed {
  readonly from: string;
  readonly version: string;
  readonly rollout?: { readonly to: string; readonly stage: string };
  readonly problem?: string;
}
async function followed({ url }: RunningGate): Promise<Followed> {
  const said = (await (await fetch(new URL("/health/detailed", url))).json()) as { policy: Followed };
  return said.policy;
}
/** Waits until it is so on every one of them; the test's own time ends it. */
async function until(all: readonly RunningGate[], so: (followed: Followed) => boolean): Promise<void> {
  for (const gate of all) while (!so(await followed(gate))) await sleep(50);
}
async function changes(folder: string): Promise<readonly Record<string, unknown>[]> {
  const { out } = await policy(folder, "versions", "--changes", "--json");
  return out
    .split("\n")
    .filter(Boolean)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

/** Changes policy as the commands do, without a process for each. */
async function changing(folder: string, address: string) {
  const at = parseStore(address, folder);
  if (at === undefined) throw new Error(address);
  const opened = await openStore(at);
  const { policies } = opened;
  const own = versionOf(OLD);
  const acting: Acting = { policies, own, who: "ana", message: "", now: Date.now };
  return {
    store: policies,
    close: () => opened.close(),
    apply: (text: string, options: Readonly<Record<string, unknown>>) =>
      apply(acting, readied([{ file: "next.yaml", text }], { resourceArgs: () => [] }, 0), planOf(options)),
    promote: () => promote(acting),
    rollback: () => rollback(acting, undefined),
    /** What was done since a change. */
    acts: async (since: number) =>
      (await policies.changes(50))
        .filter(({ seq }) => seq >= since)
        .map(({ act }) => act)
        .toReversed(),
  };
}

const STORES: readonly (readonly [string, () => Promise<string>])[] = [
  ["SQLite", async () => "sqlite:records.db"],
  ["PostgreSQL", async () => (await postgres.database()).replace("@/", "@localhost/")],
];
const HOUR_MS = 3_600_000;

describe.each(STORES)("two gates on %s", (_, place) => {
  let both: readonly [RunningGate, RunningGate];
  let policies: Awaited<ReturnType<typeof changing>>;
  let folder: string;
  beforeAll(async () => {
    const address = await place();
    folder = setting(address);
    both = await Promise.all([startGate(folder), startGate(folder)]);
    policies = await changing(folder, address);
    return async () => {
      await policies.close();
      await Promise.all(both.map((gate) => gate.stop()));
      removeFolder(folder);
    };
  });
  beforeEach(async () => {
    await policies.apply(OLD, {});
    await until(both, ({ version, rollout }) => version === versionOf(OLD) && rollout === undefined);
  });

  test("judge a new version in shadow and count it together, then a share of it, then all", async () => {
    await policies.apply(newPolicy(true), { shadow: HOUR_MS });
    const [{ seq } = { seq: 0 }] = await policies.store.changes(1);
    await until(both, ({ rollout }) => rollout?.stage === "shadow");
    for (const gate of [...both, ...both]) expect(await call(gate)).toContain('"text":"toy"');
    while ((await policies.store.tallies(seq)).shadow.calls < 4) await sleep(50);
    expect((await policies.store.tallies(seq)).shadow).toEqual({ calls: 4, denied: 4 });
    const last = (await portcullis(["logs", "--json"], folder)).out.trim().split("\n").at(-1) ?? "";
    const { id, verdict } = JSON.parse(last) as { id: string; verdict: string };
    expect(verdict).toBe("allow");
    expect((await portcullis(["why", id], folder)).out).toMatch(/shadow deny, rule no-toys of sha256:/);
    await policies.rollback();
    await until(both, ({ rollout }) => rollout === undefined);

    await policies.apply(newPolicy(true), { shadow: 1000, share: "50%" });
    await until(both, ({ rollout }) => rollout?.stage === "a share of 50 %");
    for (const gate of both) expect(await call(gate)).toContain("No more toys. (rule no-toys)");
    await policies.rollback();
    await until(both, ({ rollout }) => rollout === undefined);
    await policies.apply(newPolicy(false), { share: "50%" });
    await until(both, ({ rollout }) => rollout !== undefined);
    for (const gate of both) expect(await call(gate)).toContain('"text":"toy"');

    await policies.promote();
    await until(both, ({ rollout }) => rollout === undefined);
    for (const gate of both) expect(await call(gate)).toContain("No more toys.");
    expect((await policies.acts(seq)).join(" ")).toBe("apply rollback apply advance rollback apply promote");
  });

  test("go back by themselves where too much is newly denied, and go on where it is not", async () => {
    // oxlint-disable-next-line unicorn/no-thenable -- the option is called so, and nobody awaits its options
    const to_all = Object.fromEntries([["then", ["100%"]]]);
    const bound = { maxDenyRate: "10%", minCalls: 4 };
    for (const first of [{ shadow: HOUR_MS }, { share: "50%", ...to_all }]) {
      await policies.apply(newPolicy(true), { ...first, ...bound });
      await until(both, ({ rollout }) => rollout !== undefined);
      for (const gate of [...both, ...both]) await call(gate);
      await until(both, ({ rollout }) => rollout === undefined);
      for (const gate of both) expect(await call(gate)).toContain('"text":"toy"');
    }
    expect(await policies.store.changes(1)).toMatchObject([
      {
        act: "auto-rollback",
        who: "portcullis",
        message: "4 of 4 calls newly denied, more than 10 %",
      },
    ]);

    await policies.apply(`${OLD}# and a word more\n`, { shadow: 1000, ...to_all, ...bound });
    await until(both, ({ rollout }) => rollout !== undefined);
    for (const gate of [...both, ...both]) await call(gate);
    await until(both, ({ rollout }) => rollout === undefined);
    expect((await policies.acts(0)).at(-1)).toBe("finish");
  });

  test("agree after one is killed in the middle and comes back", async () => {
    const [one, other] = both;
    await policies.apply(newPolicy(true), { share: "50%" });
    await until(both, ({ rollout }) => rollout !== undefined);
    await one.stop("SIGKILL");
    const again = await startGate(folder);
    both = [again, other];
    expect((await followed(again)).rollout).toEqual((await followed(other)).rollout);
    expect(await call(again)).toContain("No more toys.");
    await policies.rollback();
    await until(both, ({ rollout }) => rollout === undefined);
    for (const gate of both) expect(await call(gate)).toContain('"text":"toy"');
  });
});

describe("a policy that is not fit", () => {
  test("is not applied, whether it cannot be read or its tests fail", async () => {
    const folder = setting("sqlite:records.db");
    const gate = await gateIn(folder);
    writeFileSync(join(folder, "broken.yaml"), "rules: [{ name: x }");
    writeFileSync(join(folder, "failing.yaml"), newPolicy(true).replace("verdict: deny", "verdict: allow"));
    for (const file of ["broken.yaml", "failing.yaml"])
      expect((await policy(folder, "apply", file)).code).toBe(2);
    expect(await changes(folder)).toEqual([]);
    expect(await call(gate)).toContain('"text":"toy"');
  });

  test("leaves the one before in force where a gate's file becomes it, and says so until it is mended", async () => {
    const folder = setting("sqlite:records.db");
    const gate = await gateIn(folder);
    const main = join(folder, "policy", "main.yaml");
    writeFileSync(main, NEW.replace("verdict: deny", "verdict: allow"));
    await until([gate], ({ problem }) => problem !== undefined);
    expect(await call(gate)).toContain('"text":"toy"');
    expect((await followed(gate)).problem).toContain('the test "the toy may not be used" fails');
    expect(gate.errors()).toContain("the last good version stays in force");
    writeFileSync(main, NEW);
    await until([gate], ({ problem }) => problem === undefined);
    expect(await call(gate)).toContain("No more toys.");
    rmSync(main);
    await until([gate], ({ problem }) => problem !== undefined);
    expect(await call(gate)).toContain("No more toys.");
  });
});

test("what is applied takes the place of files until these are changed; why knows the rule of each version", async () => {
  const folder = setting("sqlite:records.db");
  const gate = await gateIn(folder);
  await policy(folder, "apply", "next.yaml");
  await until([gate], ({ from }) => from === "store");
  expect(await call(gate)).toContain("No more toys.");
  await policy(folder, "rollback");
  await until([gate], ({ version }) => version === versionOf(OLD));
  const logs = await portcullis(["logs", "--json"], folder);
  const { id } = JSON.parse(logs.out.trim().split("\n").at(-1) ?? "") as { id: string };
  const why = (await portcullis(["why", id], folder)).out;
  expect(why).toContain("rule no-toys   next.yaml:3");
  expect(why).toContain("match: { tool: toy }");

  await policy(folder, "apply", "next.yaml");
  writeFileSync(join(folder, "policy", "main.yaml"), `${OLD}# a word more\n`);
  await until([gate], ({ from }) => from === "files");
  expect(await call(gate)).toContain('"text":"toy"');
});

test("a tool that only the new version hides is gone from lists once it is in force, and back afterwards", async () => {
  const folder = setting("sqlite:records.db");
  const gate = await gateIn(folder);
  const client = modernClient(gate.url);
  const listed = async (): Promise<string> => (await client("tools/list", {})).text;
  expect(await listed()).toContain('"name":"toy"');
  writeFileSync(join(folder, "hiding.yaml"), newPolicy(true).replace(/ {4}when:.*\n/, ""));
  await policy(folder, "apply", "hiding.yaml");
  await until([gate], ({ from }) => from === "store");
  expect(await listed()).toContain('"tools":[]');
  expect(await call(gate)).toContain("Unknown tool: toy");
  await policy(folder, "rollback");
  await until([gate], ({ version }) => version === versionOf(OLD));
  expect(await listed()).toContain('"name":"toy"');
});

test("with `policy: store` everything is denied until something is applied", async () => {
  const folder = setting("sqlite:records.db", { policy: "store" });
  const gate = await gateIn(folder);
  expect(await call(gate)).toContain("Unknown tool: toy");
  await policy(folder, "apply", "policy/main.yaml");
  await until([gate], ({ version }) => version.startsWith("sha256:"));
  expect(await call(gate)).toContain('"text":"toy"');
});

test("a branch of a Git repository is followed; a bad commit leaves the version before in force", async () => {
  const repository = folderWith({ "gate/main.yaml": OLD });
  folders.push(repository);
  const who = ["-c", "user.name=t", "-c", "user.email=t@t"];
  const git = (...words: readonly string[]): void =>
    void execFileSync("git", ["-C", repository, ...who, ...words], { stdio: "ignore" });
  const commit = (text: string): void => {
    writeFileSync(join(repository, "gate/main.yaml"), text);
    git("commit", "-q", "-a", "-m", "next");
  };
  git("init", "-q", "-b", "main");
  git("add", ".");
  git("commit", "-q", "-m", "first");
  const gate = await gateIn(setting("sqlite:records.db", { policy: `git+file://${repository}#main:gate` }));
  expect(await call(gate)).toContain('"text":"toy"');
  commit(NEW);
  await until([gate], ({ version }) => version === versionOf(NEW));
  expect(await call(gate)).toContain("No more toys.");
  commit("rules: [");
  await until([gate], ({ problem }) => problem !== undefined);
  expect(await call(gate)).toContain("No more toys.");
  commit(OLD);
  await until([gate], ({ version, problem }) => version === versionOf(OLD) && problem === undefined);
});

test("an apply that is killed leaves the version before, or the new one, on every gate", async () => {
  const folder = setting("sqlite:records.db");
  const gate = await gateIn(folder);
  const cli = resolve("src/cli/cli.ts");
  for (const wait_ms of [50, 250, 400, 550]) {
    const child = spawn(process.execPath, [cli, "policy", "apply", "next.yaml"], {
      cwd: folder,
      stdio: "ignore",
    });
    const ended = once(child, "exit");
    await sleep(wait_ms);
    child.kill("SIGKILL");
    await ended;
    const done = (await changes(folder)).at(-1)?.["act"] === "apply";
    if (done) await until([gate], ({ from }) => from === "store");
    expect(await call(gate)).toContain(done ? "No more toys." : '"text":"toy"');
    if (done) await policy(folder, "rollback");
    if (done) await until([gate], ({ version }) => version === versionOf(OLD));
  }
});
