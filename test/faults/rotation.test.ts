import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { callId } from "../../src/call/id.ts";
import { type Kept, openKept } from "../../src/privacy/open.ts";
import { rotate } from "../../src/privacy/rotation.ts";
import { opened } from "./journal-events.ts";

/** `make faults` does it a hundred times. */
const ROUNDS = Number(process.env["FAULT_ROUNDS"] ?? 3);
const PEOPLE = 60;

test(
  "a rotation that is killed anywhere goes on where it was: every record stays readable, and no old key is left",
  async () => {
    const folder = mkdtempSync(join(tmpdir(), "rotation-"));
    const [path, file] = [join(folder, "p.db"), join(folder, "p.keys")];
    const keys = { kind: "file", path: file } as const;
    const open = async (): Promise<Kept> => {
      const kept = await openKept({ store: { kind: "sqlite", path }, keys, outbound: { allow: [] } });
      if (kept === undefined) throw new Error("there is no key");
      return kept;
    };
    const writing = await open();
    const detail = { mode: "enforce", args: { text: "of a person" } };
    for (let n = 0; n < PEOPLE; n += 1)
      await writing.store
        .forTenant("t")
        .journal.append([opened(callId(Date.now()), { principal: `p${n}`, detail })]);
    await writing.store.close();

    for (let round = 0; round < ROUNDS; round += 1) {
      const child = spawn(process.execPath, [resolve("test/faults/rotating.ts"), path, file], {
        stdio: ["ignore", "pipe", "inherit"],
      });
      await once(child.stdout, "data");
      await sleep(Math.random() * 60);
      child.kill("SIGKILL");
      await once(child, "exit");

      const kept = await open();
      const { store } = kept;
      const records = await store.forTenant("t").journal.list({ limit: 1_000 });
      expect(records).toHaveLength(PEOPLE);
      for (const record of records) expect(record.opened.detail).toMatchObject(detail);
      const root = await kept.root();
      expect((await rotate({ keys: store.subjects, root, now: Date.now })).unreadable).toBe(0);
      expect((await store.subjects.masters("t")).map(({ n }) => n > 0)).toEqual([false, true]);
      expect(await root.keys()).toHaveLength(1);
      await store.close();
    }
    rmSync(folder, { recursive: true, force: true });
  },
  30_000 + ROUNDS * 5_000,
);
