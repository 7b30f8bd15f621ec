// What can happen to a file, made to happen. FAULT_ROUNDS sets how often processes are killed.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  chmodSync,
  closeSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { opened } from "../../../test/faults/journal-events.ts";
import { callId, parseCallId } from "../../call/id.ts";
import { openStore } from "../open.ts";
import type { Store } from "../store.ts";
import { StoreUnusable } from "../unavailable.ts";

const WRITER = fileURLToPath(new URL("../../../test/faults/journal-writer.ts", import.meta.url));
const OPEN = new URL("../open.ts", import.meta.url).href;
const EVENTS = new URL("../../../test/faults/journal-events.ts", import.meta.url).href;
const IDS = new URL("../../call/id.ts", import.meta.url).href;
const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? "4");
const FOREVER = "1000000000";

let folder: string;
let path: string;
const stores: Store[] = [];
const children: ChildProcess[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "sqlite-"));
  path = join(folder, "state", "journal.db");
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill("SIGKILL");
  await Promise.all(stores.splice(0).map((store) => store.close()));
  rmSync(folder, { recursive: true, force: true });
});

async function open(file = path): Promise<Store> {
  const store = await openStore({ kind: "sqlite", path: file });
  stores.push(store);
  return store;
}

async function append(store: Store): Promise<ReturnType<typeof callId>> {
  const call = callId(Date.now());
  await store.forTenant("t").journal.append([opened(call)]);
  return call;
}

async function has(store: Store, call: ReturnType<typeof callId>): Promise<boolean> {
  return (await store.forTenant("t").journal.get(call)) !== undefined;
}

interface Writing {
  readonly child: ChildProcess;
  /** Whole lines it has said. */
  lines(): readonly string[];
  /** Resolves when a line that begins so is said after this moment. */
  says(start: string): Promise<string>;
  readonly errors: () => string;
}

/** Runs a process that journals; `before` is what to run it under. */
function writing(file: string, calls: string, lanes: string, before: readonly string[] = []): Writing {
  const [command, ...args] = [
    ...before,
    process.execPath,
    WRITER,
    JSON.stringify({ kind: "sqlite", path: file }),
    calls,
    lanes,
  ];
  const child = spawn(command, args, { stdio: ["ignore", "pipe", "pipe"] });
  children.push(child);
  let said = "";
  let errors = "";
  child.stdout.on("data", (chunk) => (said += String(chunk)));
  child.stderr.on("data", (chunk) => (errors += String(chunk)));
  const lines = (): readonly string[] => said.split("\n").slice(0, -1);
  return {
    child,
    lines,
    errors: () => errors,
    async says(start) {
      for (const from = lines().length; ; await sleep(5)) {
        const line = lines()
          .slice(from)
          .find((each) => each.startsWith(start));
        if (line !== undefined) return line;
        if (child.exitCode !== null) throw new Error(`the writer ended with ${child.exitCode}: ${errors}`);
      }
    },
  };
}

async function killed({ child }: Writing): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill("SIGKILL");
  await once(child, "close");
}

/** Every event that was promised is in the file, and the file is sound. */
async function kept(file: string, ...writers: readonly Writing[]): Promise<void> {
  const db = new DatabaseSync(file, { timeout: 5_000 });
  expect(
    db
      .prepare("pragma integrity_check")
      .all()
      .map((row) => row["integrity_check"]),
  ).toEqual(["ok"]);
  const there = new Set(
    ["opened", "closed"].flatMap((table) =>
      db
        .prepare(`select call from ${table}`)
        .all()
        .map((row) => `${table} ${String(row["call"])}`),
    ),
  );
  const orphans = db
    .prepare("select count(*) as n from closed c left join opened o using (tenant, call) where o.seq is null")
    .get()?.["n"];
  db.close();
  const promised = writers.flatMap((each) => each.lines()).filter((line) => !line.startsWith("refused"));
  expect(promised.length).toBeGreaterThan(0);
  expect(promised.filter((line) => !there.has(line))).toEqual([]);
  expect(orphans).toBe(0);
}

function possible(command: string, ...args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const root = process.getuid?.() === 0;
/** Takes root's power over file modes away. */
const ORDINARY = root ? ["unshare", "--user", "--map-user=1000", "--map-group=1000"] : [];
const ordinary = !root || possible("unshare", ...ORDINARY.slice(1), "true");
const MOUNTING = ["unshare", "--user", "--map-root-user", "--mount"];
const mounts = possible("unshare", ...MOUNTING.slice(1), "mount", "-t", "tmpfs", "tmpfs", tmpdir());
const limits = possible("prlimit", "--version");

describe("opening", () => {
  test("makes the folder and its files for their owner alone", async () => {
    const before = process.umask(0);
    try {
      await append(await open());
    } finally {
      process.umask(before);
    }
    expect(statSync(dirname(path)).mode & 0o777).toBe(0o700);
    const files = readdirSync(dirname(path));
    expect(files.toSorted()).toEqual(["journal.db", "journal.db-shm", "journal.db-wal"]);
    for (const file of files) expect(statSync(join(dirname(path), file)).mode & 0o777).toBe(0o600);
  });

  test.each<[string, (file: string) => void, RegExp]>([
    [
      "text",
      (file) => writeFileSync(file, "not a database, though long enough for one ".repeat(50)),
      /is not a database.*`store:`/,
    ],
    [
      "another program's database",
      (file) => {
        const db = new DatabaseSync(file);
        db.exec("create table songs (title)");
        db.close();
      },
      /another program's/,
    ],
    ["a folder", (file) => mkdirSync(file), /cannot be opened.*read and write/],
    [
      "a database whose pages are overwritten",
      (file) => {
        const db = new DatabaseSync(file);
        db.exec("create table migrations (name, checksum)");
        db.close();
        writeAt(file, 4096, 4096);
      },
      /is damaged.*backup/,
    ],
  ])("refuses %s, and says where and what to do", async (_, make, words) => {
    mkdirSync(dirname(path));
    make(path);
    const refused: unknown = await open().catch((error: unknown) => error);
    expect(refused).toBeInstanceOf(StoreUnusable);
    expect(String(refused)).toContain(path);
    expect(String(refused)).toMatch(words);
  });

  test("refuses a folder that cannot be made", async () => {
    writeFileSync(dirname(path), "");
    await expect(open()).rejects.toThrow(/cannot be made \((?:ENOTDIR|EEXIST)\)/);
  });

  test.skipIf(!ordinary)("refuses what the user may not write (as root this needs unshare)", async () => {
    await (await open()).close();
    chmodSync(path, 0o400);
    chmodSync(dirname(path), 0o500);
    const writer = writing(path, "1", "1", ORDINARY);
    await once(writer.child, "close");
    chmodSync(dirname(path), 0o700);
    expect(writer.child.exitCode).not.toBe(0);
    expect(writer.errors()).toMatch(/StoreUnusable.*journal\.db.*Let this user/);
  });
});

function writeAt(file: string, from: number, length: number): void {
  const at = openSync(file, "r+");
  writeSync(at, Buffer.alloc(length, 0xff), 0, length, from);
  closeSync(at);
}

describe("while it runs", () => {
  test("a lock held beyond the timeout refuses, and nothing of it appears later", async () => {
    const store = await open();
    await append(store);
    const other = new DatabaseSync(path);
    other.exec("begin immediate");
    const call = callId(Date.now());
    const refused = store.forTenant("t").journal.append([opened(call)]);
    await expect(refused).rejects.toMatchObject({ name: "JournalUnavailable", obstacle: "locked" });
    other.exec("rollback");
    other.close();
    const next = await append(store);
    expect([await has(store, call), await has(store, next)]).toEqual([false, true]);
  });

  test("a file that is taken away refuses, and goes on when it is back", async () => {
    const store = await open();
    const first = await append(store);
    renameSync(path, `${path}.away`);
    await expect(append(store)).rejects.toMatchObject({
      obstacle: "gone",
      message: expect.stringContaining(path),
    });
    await expect(append(store)).rejects.toMatchObject({ obstacle: "gone" });
    await expect(store.check()).rejects.toMatchObject({ obstacle: "gone" });
    renameSync(`${path}.away`, path);
    const last = await append(store);
    await store.close();
    const later = await open();
    expect([await has(later, first), await has(later, last)]).toEqual([true, true]);
  });

  test("a file that is removed and a new one in its place: refuses once, then writes into that", async () => {
    const store = await open();
    await append(store);
    for (const end of ["", "-wal", "-shm"]) rmSync(`${path}${end}`);
    await expect(append(store)).rejects.toMatchObject({ obstacle: "gone" });
    const fresh = await open();
    await expect
      .poll(
        async () =>
          await append(store).then(
            () => "written",
            () => "refused",
          ),
      )
      .toBe("written");
    expect((await fresh.forTenant("t").journal.list({ limit: 10 })).length).toBe(1);
  });

  test("a removed -wal file refuses until the gate is started again; what was promised is there", async () => {
    const store = await open();
    const promised = [await append(store), await append(store)];
    rmSync(`${path}-wal`);
    await expect(append(store)).rejects.toMatchObject({ obstacle: "gone" });
    await expect(append(store)).rejects.toMatchObject({ obstacle: "gone" });
    await store.close();
    const later = await open();
    for (const call of promised) expect(await has(later, call)).toBe(true);
    await append(later);
  });

  test("pages that are overwritten refuse", async () => {
    const first = await open();
    for (let i = 0; i < 20; i++) await append(first);
    await first.close();
    const store = await open();
    writeAt(path, 4096, statSync(path).size - 4096);
    await expect(append(store)).rejects.toMatchObject({
      obstacle: "damaged",
      message: expect.stringContaining("backup"),
    });
  });

  test.skipIf(!ordinary)(
    "a file that becomes read-only refuses until it may be written (as root this needs unshare)",
    async () => {
      await (await open()).close();
      chmodSync(path, 0o400);
      const writer = writing(path, FOREVER, "2", ORDINARY);
      expect(await writer.says("refused")).toBe("refused read-only");
      chmodSync(path, 0o600);
      await writer.says("closed");
      await killed(writer);
      await kept(path, writer);
    },
  );

  test.skipIf(!limits)(
    "a file that may not grow refuses, and goes on when it may (needs prlimit)",
    async () => {
      await (await open()).close();
      const writer = writing(path, FOREVER, "4", ["prlimit", "--fsize=400000:unlimited"]);
      expect(await writer.says("refused")).toMatch(/^refused (?:io|full)$/);
      execFileSync("prlimit", ["--pid", String(writer.child.pid), "--fsize=unlimited:unlimited"]);
      await writer.says("closed");
      await killed(writer);
      await kept(path, writer);
    },
  );

  test.skipIf(!mounts)(
    "a full disk refuses, and goes on when there is room (needs unshare --mount)",
    async () => {
      const disk = join(folder, "disk");
      mkdirSync(disk);
      const script = `mount -t tmpfs -o size=3m tmpfs ${disk} && head -c 2000000 /dev/zero > ${disk}/ballast && exec "$@"`;
      const writer = writing(join(disk, "j.db"), FOREVER, "4", [...MOUNTING, "sh", "-c", script, "sh"]);
      expect(await writer.says("refused")).toBe("refused full");
      const within = `/proc/${writer.child.pid}/root${disk}`; // the mount is the child's alone
      rmSync(`${within}/ballast`);
      await writer.says("closed");
      writer.child.kill("SIGSTOP");
      for (const end of ["", "-wal"]) cpSync(`${within}/j.db${end}`, join(folder, `copy.db${end}`));
      await kept(join(folder, "copy.db"), writer);
      await killed(writer);
    },
  );
});

describe("processes", () => {
  test("an idle store keeps no process alive, and what it promised is kept without a close", async () => {
    const code = `
      import { openStore } from ${JSON.stringify(OPEN)};
      import { callId } from ${JSON.stringify(IDS)};
      import { opened, closed } from ${JSON.stringify(EVENTS)};
      const store = await openStore({ kind: "sqlite", path: process.argv[1] });
      const call = callId(Date.now());
      await store.forTenant("t").journal.append([opened(call)]);
      void store.forTenant("t").journal.append([closed(call)]);
      console.log(call);`;
    const said = execFileSync(process.execPath, ["--input-type=module", "-e", code, path], {
      encoding: "utf8",
      timeout: 15_000,
    });
    const call = parseCallId(said.trim());
    if (call === undefined) throw new Error(said);
    expect(await (await open()).forTenant("t").journal.get(call)).toMatchObject({ status: "ok" });
  });

  test(`killed at random moments beside another writer and a reader, nothing promised is lost (${ROUNDS} rounds)`, {
    timeout: 20_000 + ROUNDS * 5_000,
  }, async () => {
    const reader = await open();
    const writers: Writing[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const [victim, mate] = [writing(path, FOREVER, "4"), writing(path, FOREVER, "4")];
      writers.push(victim, mate);
      await Promise.all([victim.says("opened"), mate.says("opened")]);
      const reading = reader.forTenant("t").journal.list({ limit: 1_000 });
      await sleep(Math.random() * 150);
      await killed(victim);
      await mate.says("closed"); // a dead neighbour's lock holds nobody up
      expect((await reading).length).toBeGreaterThan(0);
      await killed(mate);
      await kept(path, victim, mate);
    }
    await append(reader);
    await reader.close();
    await kept(path, ...writers);
    expect(existsSync(`${path}-wal`)).toBe(false); // the last to leave tidied up: the file is whole by itself
  });
});
