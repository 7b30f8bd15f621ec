// What the machine can do to the gate: no room for the record, a clock that steps back.
import { execFileSync } from "node:child_process";
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, test } from "vitest";
import { portcullis, removeFolder, type RunningGate, startGate } from "../../gate/running.ts";
import { modern, session, words } from "./client.ts";
import { allowAll, counting, records } from "./setting.ts";

const MOUNTING = ["unshare", "--user", "--map-root-user", "--mount"];

function possible(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
const mounts = possible("unshare", ...MOUNTING.slice(1), "mount", "-t", "tmpfs", "tmpfs", tmpdir());

let gate: RunningGate;
afterEach(async () => {
  expect(await gate.stop()).toBe(0);
  removeFolder(gate.folder);
});

describe.skipIf(!mounts)("a disk that is full (needs unshare --mount)", () => {
  /** The records are on a disk of 3 MB. Gives where it is seen from here: the mount is the gate's alone. */
  async function small(mode: string): Promise<string> {
    const count = counting(join("{folder}", "seen.txt"));
    const folder = allowAll({ count }, { mode, store: "sqlite:disk/journal.db" });
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const script = `mount -t tmpfs -o size=3m tmpfs ${disk} && exec "$@"`;
    gate = await startGate(folder, {}, [...MOUNTING, "sh", "-c", script, "sh"]);
    return `/proc/${gate.child.pid}/root${disk}`;
  }

  const ready = async (): Promise<number> => (await fetch(gate.url.replace("/mcp", "/ready"))).status;

  /** Takes the room that is left, and then what the journal's files still have within them. */
  async function fill(within: string): Promise<void> {
    const ballast = openSync(`${within}/more`, "w");
    try {
      for (;;) writeSync(ballast, Buffer.alloc(4096));
    } catch (error) {
      expect(error).toMatchObject({ code: "ENOSPC" });
    } finally {
      closeSync(ballast);
    }
    const client = modern(gate.url);
    for (let n = 0; n < 2000 && (await ready()) === 200; n += 1) {
      await client.call("count", { id: `fill-${n}`, pad: "x".repeat(20_000) });
    }
    expect(await ready()).toBe(503);
  }

  test("enforce: calls are refused and say so, until there is room", async () => {
    const disk = await small("enforce");
    const client = await session(gate.url);
    expect(words(await client.call("count", { id: "before" }))).toBe("counted before");
    await fill(disk);
    for (const asker of [client, modern(gate.url)]) {
      const said = words(await asker.call("count", { id: "refused" }));
      expect(said).toMatch(/^UNAVAILABLE because the call could not be recorded\. It has not run\./);
    }
    expect((await fetch(gate.url.replace("/mcp", "/health"))).status).toBe(200);
    expect(readFileSync(join(gate.folder, "seen.txt"), "utf8")).not.toContain("refused");
    rmSync(`${disk}/more`);
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    expect(words(await client.call("count", { id: "after" }))).toBe("counted after");
  });

  test("observe: calls pass with a warning, and are recorded again when there is room", async () => {
    const disk = await small("observe");
    const client = await session(gate.url);
    const warnings = (): number =>
      gate.errors().split("it passes, because the gate only observes").length - 1;
    await fill(disk);
    const before = warnings();
    expect(words(await client.call("count", { id: "unrecorded" }))).toBe("counted unrecorded");
    await expect.poll(warnings).toBe(before + 1);
    rmSync(`${disk}/more`);
    await expect.poll(ready, { timeout: 10_000 }).toBe(200);
    expect(words(await client.call("count", { id: "after" }))).toBe("counted after");
    expect(warnings()).toBe(before + 1);
  });
});

test("a clock that steps back: ids stay unique, durations are not negative, the records can be read", async () => {
  const folder = allowAll({ count: counting(join("{folder}", "seen.txt")) });
  // Every 20th look at the clock it is ten minutes earlier.
  const shim = join(folder, "shim.mjs");
  writeFileSync(
    shim,
    `const now = Date.now; let looks = 0;
     Date.now = () => now() - 600_000 * (Math.floor((looks += 1) / 20) % 60);`,
  );
  gate = await startGate(folder, { NODE_OPTIONS: `--import ${pathToFileURL(shim).href}` });
  const client = await session(gate.url);
  const ids = Array.from({ length: 120 }, (_, n) => `c${n}`);
  for (const id of ids.slice(0, 60)) expect(words(await client.call("count", { id }))).toBe(`counted ${id}`);
  const said = await Promise.all(ids.slice(60).map((id) => client.call("count", { id })));
  expect(said.map(words)).toEqual(ids.slice(60).map((id) => `counted ${id}`));
  await expect
    .poll(async () => (await records(folder)).filter(({ status }) => status === "ok").length)
    .toBe(120);
  const kept = await records(folder);
  expect(new Set(kept.map(({ opened }) => opened.call)).size).toBe(120);
  expect(kept.some(({ opened, closed }) => (closed?.at ?? 0) < opened.at)).toBe(true); // it did step back
  expect(kept.filter(({ closed }) => (closed?.duration_us ?? -1) < 0)).toEqual([]);

  const config = join(folder, "portcullis.yaml");
  const { code, out } = await portcullis(["logs", "--json", "--last", "24h", "--config", config], folder);
  expect(code).toBe(0);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { id: string; duration_ms: number });
  expect(lines.length).toBe(120);
  expect(lines.filter(({ duration_ms }) => !(duration_ms >= 0))).toEqual([]);
  const why = await portcullis(["why", lines[0]?.id ?? "", "--config", config], folder);
  expect(why.code).toBe(0);
});
