import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Principal } from "../call/principal.ts";
import type { Policy } from "../policy/policy.ts";
import { reignsOf } from "./reign.ts";
import { standing } from "./share.ts";
import type { Rolling, State } from "./state.ts";

const who = (id: string, tenant = "default"): Principal => ({
  id,
  tenant,
  roles: [],
  scopes: [],
  source: "host",
});
const policies = new Map(["old", "new"].map((version) => [version, { version } as Policy]));
const policyOf = (version: string): Policy => {
  const policy = policies.get(version);
  if (policy === undefined) throw new Error(version);
  return policy;
};
const rolling = (share_bp: number, by: "tenant" | "principal" = "principal"): Rolling => ({
  kind: "rolling",
  from: "old",
  to: "new",
  over: null,
  plan: { stages: [{ share_bp, for_ms: null }], by, max_deny_bp: null, least_calls: 1 },
  stage: 0,
  since: 0,
});
const inside = (state: State, principal: Principal): boolean =>
  reignsOf(state, policyOf, () => undefined)(principal).policy.version === "new";

describe("a share", () => {
  test("is of about so many, and of the same ones each time", () => {
    const people = Array.from({ length: 4000 }, (_, at) => who(`p${at}`));
    const some = people.filter((each) => inside(rolling(1000), each));
    expect(some.length).toBeGreaterThan(320);
    expect(some.length).toBeLessThan(480);
    expect(people.filter((each) => inside(rolling(1000), each))).toEqual(some);
  });

  test("that grows keeps those that it had", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.nat(10_000), fc.nat(10_000), (id, tenant, one, other) => {
        const [less, more] = [Math.min(one, other), Math.max(one, other)];
        const principal = who(id, tenant);
        expect(inside(rolling(more), principal) || !inside(rolling(less), principal)).toBe(true);
      }),
    );
  });

  test("by tenant takes a tenant whole; by principal nobody is taken for another", () => {
    fc.assert(
      fc.property(fc.string(), fc.string(), fc.string(), fc.nat(10_000), (one, other, tenant, share) => {
        const state = rolling(share, "tenant");
        expect(inside(state, who(one, tenant))).toBe(inside(state, who(other, tenant)));
      }),
    );
    expect(standing(who("b", "a"), "principal", "v")).not.toBe(standing(who("", "ab"), "principal", "v"));
  });

  test("of nothing is nobody, and of everything everybody", () => {
    fc.assert(
      fc.property(fc.string(), (id) => {
        expect(inside(rolling(0), who(id))).toBe(false);
        expect(inside(rolling(10_000), who(id))).toBe(true);
      }),
    );
  });
});

test("what only one of the versions refuses is counted, on whichever side it decides", () => {
  const heard: string[] = [];
  const count = (part: string, denied: boolean): void => void heard.push(`${part} ${denied}`);
  const shadow = reignsOf(rolling(0), policyOf, count)(who("ana")).beside;
  const share = reignsOf(rolling(10_000), policyOf, count)(who("ana")).beside;
  expect([shadow?.policy.version, share?.policy.version]).toEqual(["new", "old"]);
  shadow?.note("allow", "deny"); // the new one, beside, denies what the old one allowed
  shadow?.note("deny", "deny");
  shadow?.note("deny", "allow");
  share?.note("deny", "allow"); // the new one decides, and denies what the old one would have allowed
  share?.note("deny", "deny");
  share?.note("allow", "deny");
  share?.note("hold", "allow"); // to wait for people is no less than to be denied, to who makes the call
  share?.note("deny", "hold");
  share?.note("hold", "deny");
  expect(heard).toEqual([
    "shadow true",
    "shadow false",
    "shadow false",
    "share true",
    "share false",
    "share false",
    "share true",
    "share true",
    "share false",
  ]);
});

test("what holds for a principal is the same object for as long as it holds", () => {
  const ana = who("ana");
  for (const state of [rolling(5000), rolling(0), { kind: "settled", version: "old", over: null } as const]) {
    const reigns = reignsOf(state, policyOf, () => undefined);
    expect(reigns(ana)).toBe(reigns(ana));
  }
});
