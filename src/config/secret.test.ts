import { mkdirSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, test } from "vitest";
import { gateSecret } from "./secret.ts";

const folder = mkdtempSync(join(tmpdir(), "secret-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const sqlite = (name: string) => {
  mkdirSync(join(folder, name));
  return { secret: undefined, store: { kind: "sqlite", path: join(folder, name, "p.db") } } as const;
};

test("beside a file one is made once, for its owner only, and is the same from then on", () => {
  const config = sqlite("one");
  const first = gateSecret(config);
  expect(first).toHaveLength(32);
  expect(gateSecret(config)).toEqual(first);
  expect(gateSecret(sqlite("two"))).not.toEqual(first);
  expect(readdirSync(join(folder, "one"))).toEqual(["portcullis.secret"]);
  expect(statSync(join(folder, "one", "portcullis.secret")).mode & 0o777).toBe(0o600);
});

test("the one of the configuration is taken; PostgreSQL without one has none", () => {
  const secret = "x".repeat(32);
  expect(gateSecret({ ...sqlite("three"), secret })).toEqual(Buffer.from(secret));
  expect(gateSecret({ secret: undefined, store: { kind: "postgres", url: "" } })).toBeUndefined();
});

test("a file that holds something else says so, and is not written over", () => {
  const config = sqlite("four");
  writeFileSync(join(folder, "four", "portcullis.secret"), "short\n");
  expect(() => gateSecret(config)).toThrow(/holds no secret of 32 bytes/);
});
