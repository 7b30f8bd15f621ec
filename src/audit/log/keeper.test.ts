import { mkdtempSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test, vi } from "vitest";
import { callId } from "../../call/id.ts";
import { closed, opened } from "../../../test/log/kept.ts";
import { openLog } from "../../store/log.ts";
import { openStore } from "../../store/open.ts";
import { openKeeper } from "./keeper.ts";
import type { Setting } from "./keeping.ts";

const folder = mkdtempSync(join(tmpdir(), "keeper-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function setting(name: string, key?: string): Setting & { readonly store: { readonly kind: "sqlite" } } {
  return {
    store: { kind: "sqlite", path: join(folder, name, "p.db") },
    log: { key, checkpoint_ms: 60_000 },
    anchors: { places: [], witnesses: 0 },
    outbound: { allow: [] },
  };
}
const parts = (begun = vi.fn<(made: string | undefined) => Promise<void>>(async () => {})) => ({
  log: { warn: vi.fn<() => void>() },
  now: () => Date.now(),
  begun,
});

test("a gate's rows are in the log and signed while it runs, and what it wrote last when it has stopped", async () => {
  const at = setting("a");
  const store = await openStore(at.store);
  const { begun, ...rest } = parts();
  const keeper = openKeeper(at, { ...rest, begun });
  const call = async (): Promise<void> => {
    const id = callId(Date.now());
    await store.forTenant("t").journal.append([opened(id, Date.now()), closed(id, Date.now())]);
  };
  await call();
  await vi.waitUntil(() => keeper.state().signed_at > 0, { timeout: 20_000 });
  expect(keeper.state()).toMatchObject({ state: "ok" });
  expect(begun).toHaveBeenCalledExactlyOnceWith(expect.stringMatching(/^[A-Za-z0-9+/]{43}=$/));
  expect(statSync(join(folder, "a", "portcullis-log.key")).mode & 0o777).toBe(0o600);
  await call();
  await store.close();
  await keeper.close();
  const log = await openLog(at.store);
  expect((await log.checkpoint("t"))?.size).toBe(4);
  await log.close();
});

test.each([
  ["that is none", 0o600, /portcullis-log\.key is no private key in PEM/],
  ["that others may read", 0o640, /portcullis-log\.key can be read by others than its owner: chmod 600 /],
])("a key %s is said, and nobody is held up", async (_, mode, said) => {
  const at = setting(String(mode));
  await (await openStore(at.store)).close();
  writeFileSync(join(folder, String(mode), "portcullis-log.key"), "nonsense", { mode });
  const { log, ...rest } = parts();
  const keeper = openKeeper(at, { log, ...rest });
  await vi.waitUntil(() => keeper.state().state !== "ok", { timeout: 20_000 });
  expect(keeper.state().state).toMatch(/^the log is not kept: /);
  expect(keeper.state().state).toMatch(said);
  expect(log.warn).toHaveBeenCalledOnce();
  await keeper.close();
});
