import { expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import { crowd, type PooledLeg } from "./crowd.ts";

const ana: Principal = { id: "ana", tenant: "acme", roles: [], scopes: [], source: "token" };

/** A crowd of `most` legs; idle since the times given, by key. */
function crowdOf(most: number, idle: Readonly<Record<string, number>> = {}) {
  const closed: string[] = [];
  const opened = (key: string): PooledLeg => {
    const leg = { alive: true, idle_since: idle[key], close: () => Promise.resolve(void closed.push(key)) };
    return leg as unknown as PooledLeg;
  };
  const legs = crowd("files", most, (key) => Promise.resolve(opened(key)));
  const come = (key: string, principal: Principal): Promise<string> =>
    legs.get(key, "legacy", { principal }).then(
      () => "ok",
      (error: unknown) => (error as { code: string }).code,
    );
  return { come, closed };
}

test("a tenant that takes all legs of a server makes room for another, and then keeps as many", async () => {
  const { come, closed } = crowdOf(4, { b: 10, c: 5 });
  for (const key of ["a", "b", "c", "d"]) expect(await come(key, ana)).toBe("ok");
  expect(await come("e", ana)).toBe("upstream-busy");
  const other = { ...ana, tenant: "globex" };
  expect([await come("x", other), await come("y", other), await come("z", other)]).toEqual([
    "ok",
    "ok",
    "upstream-busy",
  ]);
  expect(closed).toEqual(["c", "b"]);
});

test("what is in use goes for another tenant, and for nobody of the own", async () => {
  const { come, closed } = crowdOf(3);
  for (const key of ["a", "b", "c"]) await come(key, ana);
  expect(await come("x", { ...ana, id: "bo" })).toBe("upstream-busy");
  expect(await come("y", { ...ana, tenant: "globex" })).toBe("ok");
  expect(closed).toHaveLength(1);
});
