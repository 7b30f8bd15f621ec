// The gate is killed at random moments under load. FAULT_ROUNDS sets how often.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { createInterface } from "node:readline";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, beforeEach, expect, test } from "vitest";
import { digest } from "../../../src/call/json.ts";
import { GONE_MS } from "../../../src/store/journal/row.ts";
import { ENVIRONMENT, portcullis, type RunningGate, removeFolder, startGate } from "../../gate/running.ts";
import { type Client, INITIALIZE, modern, session, words } from "./client.ts";
import { allowAll, counting, journalOf, records } from "./setting.ts";

const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? "5");
const CLIENTS = 4;
const LANES = 4;

let folder: string;
let gate: RunningGate | undefined;
beforeEach(() => {
  folder = allowAll({ count: counting(join("{folder}", "seen.txt")) });
});
afterEach(async () => {
  await gate?.stop("SIGKILL");
  removeFolder(folder);
});

/** The ids that the server acted on; the last line may be half written. */
function seen(): readonly string[] {
  const file = join(folder, "seen.txt");
  return existsSync(file) ? readFileSync(file, "utf8").split("\n").slice(0, -1) : [];
}

/** Calls without pause until the gate is gone; gives the ids that were answered. */
async function load(client: Client, name: string): Promise<readonly string[]> {
  const answered: string[] = [];
  const lane = async (of: number): Promise<void> => {
    for (let n = 0; ; n += 1) {
      const id = `${name}-${of}-${n}`;
      try {
        if (words(await client.call("count", { id })) !== `counted ${id}`) return;
      } catch {
        return;
      }
      answered.push(id);
    }
  };
  await Promise.all(Array.from({ length: LANES }, (_, of) => lane(of)));
  return answered;
}

function soundness(): unknown {
  const db = new DatabaseSync(journalOf(folder), { timeout: 5_000 });
  const said = db.prepare("pragma integrity_check").all();
  db.close();
  return said;
}

/** The clock of the journal goes on until nobody takes the dead gate for a living one. */
function timePasses(): void {
  const db = new DatabaseSync(journalOf(folder), { timeout: 5_000 });
  db.prepare("update gates set seen_at = seen_at - ?").run(GONE_MS);
  db.close();
}

test(`killed under load, no call that the server saw lacks its record, and what has no end is unknown (${ROUNDS} rounds)`, {
  timeout: 30_000 + ROUNDS * 10_000,
}, async () => {
  let acted = 0;
  let unknown = 0;
  let previously = Date.now();
  for (let round = 0; round < ROUNDS; round += 1) {
    const since = Date.now();
    const before = seen().length;
    gate = await startGate(folder);
    const { url } = gate;
    const clients = await Promise.all(
      Array.from({ length: CLIENTS }, (_, n) => (n % 2 === 0 ? session(url) : Promise.resolve(modern(url)))),
    );
    const loading = clients.map((client, n) => load(client, `r${round}-c${n}`));
    await expect.poll(() => seen().length, { timeout: 15_000, interval: 1 }).toBeGreaterThan(before);
    await sleep(Math.random() * 300);
    await gate.stop("SIGKILL");
    const answered = (await Promise.all(loading)).flat();

    const saw = seen().slice(before);
    expect(soundness()).toEqual([{ integrity_check: "ok" }]);
    timePasses();
    // A server outlives its gate by as much as it had read already: what it did late belongs to the round before.
    const recent = await records(folder, previously);
    const digests = new Set(recent.map(({ opened }) => opened.args_digest));
    expect(saw.filter((id) => !digests.has(digest({ id })))).toEqual([]);
    const acts = new Set(saw);
    expect(answered.filter((id) => !acts.has(id))).toEqual([]);
    expect(acts.size).toBe(saw.length); // nothing ran twice
    const without = recent.filter(({ opened, closed }) => closed === undefined && opened.at >= since);
    expect(without.filter(({ status }) => status !== "unknown")).toEqual([]);
    acted += saw.length;
    unknown += without.length;
    previously = since;
  }
  expect(acted).toBeGreaterThan(ROUNDS);
  // What the command line shows is the same.
  const { code, out } = await portcullis(
    ["logs", "--json", "--last", "24h", "--config", join(folder, "portcullis.yaml")],
    folder,
  );
  expect(code).toBe(0);
  const shown = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { args_digest: string; status: string });
  expect(shown.filter(({ status }) => status === "open")).toEqual([]);
  if (shown.length < 10_000) {
    const digests = new Set(shown.map(({ args_digest }) => args_digest));
    expect(seen().filter((id) => !digests.has(digest({ id })))).toEqual([]);
    expect(shown.filter(({ status }) => status === "unknown").length).toBe(unknown);
  }
});

test("a service and a wrap that write to one file at once lose nothing", async () => {
  const each = 100;
  gate = await startGate(folder);
  const config = join(folder, "portcullis.yaml");
  const server = resolve(import.meta.dirname, "counting-server.ts");
  const wrap = spawn(
    process.execPath,
    [
      resolve("src/cli/cli.ts"),
      "wrap",
      "--name",
      "count",
      "--config",
      config,
      "--",
      process.execPath,
      server,
      join(folder, "seen.txt"),
    ],
    { cwd: folder, env: ENVIRONMENT, stdio: ["pipe", "pipe", "inherit"] },
  );
  let answers = 0;
  const ended = once(wrap, "exit");
  createInterface({ input: wrap.stdout }).on("line", () => (answers += 1));
  const write = (message: object): void => void wrap.stdin.write(`${JSON.stringify(message)}\n`);
  write(INITIALIZE);
  write({ jsonrpc: "2.0", method: "notifications/initialized" });
  const client = await session(gate.url);
  const calls = Array.from({ length: each }, async (_, n) => {
    write({
      jsonrpc: "2.0",
      id: n,
      method: "tools/call",
      params: { name: "count", arguments: { id: `w${n}` } },
    });
    return words(await client.call("count", { id: `s${n}` }));
  });
  expect(new Set(await Promise.all(calls)).size).toBe(each);
  await expect.poll(() => answers, { timeout: 15_000 }).toBe(each + 1);
  wrap.stdin.end();
  expect((await ended)[0]).toBe(0);
  expect(await gate.stop()).toBe(0);

  expect(new Set(seen()).size).toBe(2 * each);
  const kept = await records(folder);
  expect(kept.length).toBe(2 * each);
  expect(new Set(kept.map(({ status }) => status))).toEqual(new Set(["ok"]));
  expect(new Set(kept.map(({ opened }) => opened.args_digest))).toEqual(
    new Set(seen().map((id) => digest({ id }))),
  );
  expect(soundness()).toEqual([{ integrity_check: "ok" }]);
});
