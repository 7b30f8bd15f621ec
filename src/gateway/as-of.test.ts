import { expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import type { Policy } from "../policy/policy.ts";
import { asOf } from "./as-of.ts";
import type { Gate, InForce } from "./gate.ts";

const ana: Principal = { id: "ana", tenant: "default", roles: [], scopes: [], source: "host" };
const version = (name: string): InForce => ({
  policy: { version: name } as Policy,
  order: {} as InForce["order"],
});

test("what began under one version keeps it to the end, and what begins later has the next", () => {
  const [one, two] = [version("one"), version("two")];
  let now = one;
  const gate = { ...one, version: "1.0.0", inForce: () => now } as unknown as Gate;
  expect(asOf(gate, ana)).toBe(gate);
  now = two;
  const later = asOf(gate, ana);
  expect([later.policy, later.order, later.version]).toEqual([two.policy, two.order, "1.0.0"]);
  now = one;
  expect(asOf(later, ana)).toBe(later);
  expect(asOf(gate, ana).policy).toBe(one.policy);
});

test("a version has one gate, so that what is kept by gate is shared by its calls", () => {
  const two = version("two");
  const gate = { ...version("one"), inForce: () => two } as unknown as Gate;
  expect(asOf(gate, ana)).toBe(asOf(gate, ana));
});

test("a version that is judged beside is gone when it is over", () => {
  const beside = { policy: version("new").policy, note: () => undefined };
  const [one, both] = [version("one"), { ...version("one"), beside }];
  let now: InForce = both;
  const gate = { ...both, inForce: () => now } as unknown as Gate;
  now = one;
  expect(asOf(gate, ana).beside).toBeUndefined();
});
