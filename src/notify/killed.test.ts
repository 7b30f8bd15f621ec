import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { expect, test } from "vitest";
import { receiver } from "../../test/receivers/http.ts";
import { NO_NOTIFICATIONS } from "../config/config.ts";
import { openOutbound } from "../outbound/outbound.ts";
import { openStore } from "../store/open.ts";
import { openMailroom } from "./mailroom.ts";

const LEASE_MS = 60_000;

test("a process that is killed between sending and hearing of it leaves the letter to the next", async () => {
  const folder = mkdtempSync(join(tmpdir(), "killed-"));
  const path = join(folder, "a.db");
  // The first one takes it and says nothing.
  const hook = await receiver((_, index) => (index === 0 ? undefined : {}));
  const child = spawn(process.execPath, [resolve("test/faults/mailroom-process.ts"), path, hook.url], {
    stdio: "inherit",
  });
  await hook.received(1);
  child.kill("SIGKILL");
  await once(child, "exit");

  const store = await openStore({ kind: "sqlite", path });
  let ahead_ms = 0;
  const outbound = openOutbound(["127.0.0.1"]);
  const ports = { outbox: store.outbox, outbound, log: console, now: () => Date.now() + ahead_ms };
  const mailroom = openMailroom({ ...NO_NOTIFICATIONS, teams: { ops: hook.url } }, ports, { look_ms: 20 });
  try {
    expect(await store.outbox.list({ limit: 9 })).toMatchObject([{ state: "due", attempts: 1 }]);
    ahead_ms = LEASE_MS;
    await hook.received(2);
    await mailroom.close();
    expect(await store.outbox.list({ limit: 9 })).toMatchObject([{ state: "sent", attempts: 2 }]);
    expect(hook.got.map(({ body }) => body)).toEqual([hook.got[0]?.body, hook.got[0]?.body]);
  } finally {
    await store.close();
    await hook.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
