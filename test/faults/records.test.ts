// Who exports records, and who lets them go to a sink, is killed at random moments. FAULT_ROUNDS sets how often.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CallId, callId } from "../../src/call/id.ts";
import { openStore } from "../../src/store/open.ts";
import type { Store } from "../../src/store/store.ts";
import { ENVIRONMENT, folderWith } from "../gate/running.ts";
import { closed, opened } from "./journal-events.ts";

const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? 3);
const CALLS = 60;
const BATCH = 10;

let folder: string;
let path: string;
let store: Store;
const ids: CallId[] = [];
beforeAll(async () => {
  folder = folderWith({ "portcullis.yaml": "mode: observe\n" });
  mkdirSync(join(folder, ".portcullis"));
  path = join(folder, ".portcullis", "portcullis.db");
  store = await openStore({ kind: "sqlite", path });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

async function write(): Promise<void> {
  const made = Array.from({ length: CALLS }, (_, at) => callId(Date.now() + at - CALLS));
  ids.push(...made);
  await store.forTenant("default").journal.append(made.flatMap((id) => [opened(id), closed(id)]));
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

function idOf(line: string): string | undefined {
  try {
    return (JSON.parse(line) as { readonly id: string }).id;
  } catch {
    return undefined;
  }
}

test(
  `a sink that is killed ${ROUNDS} times has everything in the end, and little of it twice`,
  async () => {
    const file = join(folder, "trail.log");
    const sinking = () =>
      spawn(process.execPath, [resolve("test/faults/sinking.ts"), path, file], {
        stdio: ["ignore", "pipe", "inherit"],
      });
    for (let round = 0; round < ROUNDS; round += 1) {
      await write();
      const child = sinking();
      await Promise.race([once(child.stdout, "data"), ended(child)]);
      await sleep(Math.random() * 60);
      child.kill("SIGKILL");
      await ended(child);
    }
    await write();
    await ended(sinking());
    const lines = readFileSync(file, "utf8").trimEnd().split("\n");
    const whole = lines.map(idOf).filter((id) => id !== undefined);
    expect(new Set(whole)).toEqual(new Set(ids));
    expect(whole.length - ids.length).toBeLessThanOrEqual(ROUNDS * BATCH);
    expect(lines.length - whole.length).toBeLessThanOrEqual(ROUNDS);
  },
  60_000 + ROUNDS * 2_000,
);

test(
  `an export that is killed ${ROUNDS} times leaves what was there, and is whole when it ends`,
  async () => {
    const file = join(folder, "out", "records.ndjson");
    mkdirSync(join(folder, "out"));
    const args = [
      resolve("src/cli/cli.ts"),
      "export",
      "--config",
      join(folder, "portcullis.yaml"),
      "--output",
      file,
    ];
    const exporting = () => spawn(process.execPath, args, { env: ENVIRONMENT, stdio: "ignore" });
    const run = promisify(execFile);
    await run(process.execPath, args, { env: ENVIRONMENT });
    const known = (): number =>
      readFileSync(file, "utf8")
        .trimEnd()
        .split("\n")
        .map(idOf)
        .filter((id) => id?.startsWith("call_")).length;
    for (let round = 0; round < ROUNDS; round += 1) {
      const before = known();
      await write();
      const child = exporting();
      await sleep(Math.random() * 1_500);
      child.kill("SIGKILL");
      await ended(child);
      // Either nothing of it, or all.
      expect([before, ids.length]).toContain(known());
    }
    await run(process.execPath, args, { env: ENVIRONMENT });
    expect(known()).toBe(ids.length);
    expect(readdirSync(join(folder, "out"))).toEqual(["records.ndjson"]);
    expect(existsSync(file)).toBe(true);
  },
  60_000 + ROUNDS * 5_000,
);
