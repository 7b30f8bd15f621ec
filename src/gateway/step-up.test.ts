import { expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import type { Cause, Refusal } from "../call/verdict.ts";
import { steppingUp } from "./step-up.ts";

const call = (source: Principal["source"]): Call => ({ principal: { source } }) as unknown as Call;
const refusal = (cause: Cause): Refusal => ({
  kind: "deny",
  rule: { source: "policy", rule: "r" },
  cause,
  why: "Sign in with a second factor.",
});
const GOLD = { acr_values: ["gold"], max_age_s: 300 };

test.each<[string, Cause, Principal["source"], readonly [string, unknown] | undefined]>([
  ["a scope", { kind: "scope", needs: ["a"] }, "token", ["insufficient-scope", { scopes: ["a"] }]],
  ["a way to sign in", { kind: "policy", sign_in: GOLD }, "token", ["insufficient-sign-in", GOLD]],
  ["a way, to a key", { kind: "policy", sign_in: GOLD }, "api-key", undefined],
  ["a scope, to a certificate", { kind: "scope", needs: ["a"] }, "mtls", undefined],
  ["nothing", { kind: "policy" }, "token", undefined],
])("whoever lacks %s is told what token to get, or nothing", (_, cause, source, expected) => {
  const fault = steppingUp(refusal(cause), call(source));
  expect(fault && [fault.code, fault.data]).toEqual(expected);
});
