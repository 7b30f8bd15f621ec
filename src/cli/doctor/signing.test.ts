import { existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { signing } from "./signing.ts";

const folder = mkdtempSync(join(tmpdir(), "signing-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const log = { key: undefined, checkpoint_ms: 1 };

test("what is wrong with the key of the log is said, and none is made", () => {
  const store = { kind: "sqlite", path: join(folder, "p.db") } as const;
  expect(signing({ log, store })).toEqual([]);
  const file = join(folder, "portcullis-log.key");
  expect(existsSync(file)).toBe(false);
  writeFileSync(file, "nonsense", { mode: 0o644 });
  expect(signing({ log, store })).toMatchObject([
    { level: "fail", message: expect.stringContaining(`chmod 600 ${file}`) as string },
  ]);
  expect(signing({ log, store: { kind: "postgres", url: "postgres://x" } })).toMatchObject([
    { level: "warn", message: "the log over the record is not signed" },
  ]);
});
