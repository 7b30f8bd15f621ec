import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { fileRoot } from "./key-file.ts";
import { openMasters } from "./masters.ts";
import type { Root } from "./root.ts";
import { rotate } from "./rotation.ts";

const folder = mkdtempSync(join(tmpdir(), "masters-"));
let store: Store;
beforeAll(async () => {
  store = await openStore({ kind: "sqlite", path: join(folder, "records.db") });
});
afterAll(async () => {
  await store.close();
  rmSync(folder, { recursive: true, force: true });
});

test("a tenant's very first keys stay good when keys rotate before they are kept, or while they are wrapped", async () => {
  const keys = store.subjects;
  const root = fileRoot(join(folder, "root.keys"));
  await openMasters(keys, root, "there-before", 1);
  const whole = async () => await rotate({ keys, root, now: () => 2 });

  const before: typeof keys = {
    ...keys,
    async addMasters(rows) {
      await whole();
      await keys.addMasters(rows);
    },
  };
  expect(await openMasters(before, root, "late", 1)).toBeDefined();

  let renewed = false;
  const meanwhile: Root = {
    ...root,
    async wrap(plain) {
      const wrapped = await root.wrap(plain);
      if (!renewed) await root.renew?.();
      renewed = true;
      return wrapped;
    },
  };
  expect(await openMasters(keys, meanwhile, "later", 1)).toBeDefined();
  await whole();
  await whole();
  for (const tenant of ["there-before", "late", "later"])
    expect(await openMasters(keys, root, tenant, undefined)).toBeDefined();
  expect(await root.keys()).toHaveLength(1);
});
