import type { Call } from "../call/call.ts";
import type { Grant } from "../call/grant.ts";
import { firstCallId, type Instant } from "../call/id.ts";
import type { Rule, Test } from "./rule.ts";

/** The call of a test; one that does not say when it happens happens now. */
export function testCall({ call }: Test, now: Instant): Call {
  const { instant, ...rest } = call;
  const at = instant ?? now;
  return { ...rest, id: firstCallId(at), at, client: undefined, meta: {}, inexact: [] };
}

/** The grants of a test: everything that the rules which it names offer, for ever. */
export function testGrants({ granted }: Test, rules: readonly Rule[]): readonly Grant[] {
  return rules.flatMap(({ name, effect }): readonly Grant[] => {
    if (effect.kind !== "access" || !granted.includes(name)) return [];
    const { version } = effect.access;
    return [{ id: "test", kind: "access", rule: name, version, until: Number.POSITIVE_INFINITY }];
  });
}
