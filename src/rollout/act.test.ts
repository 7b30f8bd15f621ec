import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { openStore } from "../store/open.ts";
import type { Store } from "../store/store.ts";
import { type Acted, type Acting, apply, inForceNow, promote, rollback } from "./act.ts";
import { type Ready, readied } from "./ready.ts";
import type { Plan } from "./state.ts";

let folder: string;
let store: Store;
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), "act-"));
  store = await openStore({ kind: "sqlite", path: join(folder, "p.db") });
});
afterEach(async () => {
  await store.close();
  rmSync(folder, { recursive: true });
});

const reading = { resourceArgs: () => [] };
const policy = (name: string): Ready =>
  readied([{ file: "p.yaml", text: `rules: [{ name: ${name}, allow: true }]` }], reading, 0);
const [A, B, C] = [policy("a"), policy("b"), policy("c")];
const own = A.policy.version;
const acting = (of: string | undefined = own): Acting => ({
  policies: store.policies,
  own: of,
  who: "ana",
  message: "why",
  now: () => 5,
});
const plan: Plan = {
  stages: [{ share_bp: 0, for_ms: 1000 }],
  by: "principal",
  max_deny_bp: null,
  least_calls: 1,
};
const inForce = async (of: string | undefined = own): Promise<string> =>
  (await inForceNow({ policies: store.policies, own: of })).version;
const kindOf = ({ kind }: Acted): string => kind;

describe("what is applied over a gate's own files", () => {
  test("takes their place until they change, and not that of other files", async () => {
    expect(await inForce()).toBe(own);
    expect(await apply(acting(), B, undefined)).toMatchObject({ from: own, to: B.policy.version });
    expect(await inForce()).toBe(B.policy.version);
    expect(await inForce("sha256:edited")).toBe("sha256:edited");
    expect(await inForce(undefined)).not.toBe(own);
  });

  test("is told when it ends what was applied over others", async () => {
    await apply(acting(), B, undefined);
    expect(await apply(acting("sha256:edited"), C, undefined)).toMatchObject({
      from: "sha256:edited",
      ends: B.policy.version,
    });
    expect(await inForce()).toBe(own);
  });
});

describe("a rollback", () => {
  test("goes back one version at a time, and not to and fro", async () => {
    await apply(acting(), B, undefined);
    await apply(acting(), C, undefined);
    await rollback(acting(), undefined);
    expect(await inForce()).toBe(B.policy.version);
    await rollback(acting(), undefined);
    expect(await inForce()).toBe(own);
    expect(await rollback(acting(), undefined)).toMatchObject({ kind: "refused" });
  });

  test("takes back what is on its way, and nothing that was before", async () => {
    await apply(acting(), B, undefined);
    await apply(acting(), C, plan);
    expect(kindOf(await rollback(acting(), undefined))).toBe("changed");
    expect(await inForce()).toBe(B.policy.version);
    expect(kindOf(await rollback(acting(), B.policy.version))).toBe("same");
  });
});

describe("one version at a time is on its way", () => {
  test("a second one with steps is refused, one for everybody at once is not", async () => {
    await apply(acting(), B, plan);
    expect(await apply(acting(), C, plan)).toMatchObject({ kind: "refused" });
    expect(await inForce()).toBe(own);
    expect(kindOf(await apply(acting(), C, undefined))).toBe("changed");
    expect(await inForce()).toBe(C.policy.version);
    expect(await promote(acting())).toMatchObject({ kind: "refused" });
  });

  test("and can be put in force before its time", async () => {
    await apply(acting(), B, plan);
    expect(kindOf(await promote(acting()))).toBe("changed");
    expect(await inForce()).toBe(B.policy.version);
    expect(kindOf(await apply(acting(), B, undefined))).toBe("same");
  });
});

test("of two changes at the same moment one is refused, and every change says who, what and why", async () => {
  const both = await Promise.all([apply(acting(), B, undefined), apply(acting(), C, undefined)]);
  expect(both.map(kindOf).sort()).toEqual(["changed", "refused"]);
  expect(await store.policies.changes(10)).toMatchObject([
    { seq: 1, at: 5, who: "ana", before: own, message: "why" },
  ]);
});

test("what was kept can be read by its version", async () => {
  await apply(acting(), B, undefined);
  expect((await store.policies.get(B.policy.version))?.texts).toEqual(B.sources);
});
