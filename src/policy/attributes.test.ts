import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { firstCallId } from "../call/id.ts";
import { Problems } from "../document/problem.ts";
import { compile } from "./compile.ts";
import { inRange } from "./net.ts";

const AT = Date.parse("2026-11-20T10:00:00Z");

function callOf(more: Partial<Call> = {}, principal: Partial<Call["principal"]> = {}): Call {
  return {
    id: firstCallId(AT),
    at: AT,
    client: undefined,
    era: "modern",
    server: "files",
    method: "tools/call",
    target: { kind: "tool", name: "write" },
    args: {},
    meta: {},
    inexact: [],
    principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "token", ...principal },
    ...more,
  };
}

function verdictUnder(rule: object, call: Call): string {
  const text = JSON.stringify({ rules: [{ name: "it", allow: true, ...rule }] });
  return compile([{ file: "p", text }], { resourceArgs: () => [] }).judge(call, []).kind;
}

describe("one rule, and what it looks at decides", () => {
  const reading = { annotations: { readOnlyHint: true } };
  test.each<[string, object, Call, Call]>([
    ["a role", { match: { role: "editor" } }, callOf({}, { roles: ["editor"] }), callOf()],
    [
      "an address",
      { when: 'net.inRange(principal.address, "10.0.0.0/8")' },
      callOf({}, { address: "10.1.2.3" }),
      callOf({}, { address: "192.0.2.1" }),
    ],
    ["no address", { when: 'principal.address != ""' }, callOf({}, { address: "::1" }), callOf()],
    [
      "the time",
      { when: "now.getHours() < 12" },
      callOf(),
      callOf({ at: Date.parse("2026-11-20T13:00:00Z") }),
    ],
    [
      "a class of data",
      { match: { classification: "public" } },
      callOf({ classification: "public" }),
      callOf(),
    ],
    ["a tool's annotation", { when: "annotations.readOnlyHint" }, callOf(reading), callOf()],
    ["what MCP takes for granted", { when: "!annotations.destructiveHint" }, callOf(reading), callOf()],
    ["a second factor", { when: '"mfa" in principal.amr' }, callOf({}, { amr: ["pwd", "mfa"] }), callOf()],
  ])("%s", (_, rule, allowed, denied) => {
    expect([verdictUnder(rule, allowed), verdictUnder(rule, denied)]).toEqual(["allow", "deny"]);
  });

  test("what is no range, or no annotation, is an error: at load, or a refusal", () => {
    expect(() => verdictUnder({ when: "annotations.readOnly" }, callOf())).toThrow(Problems);
    expect(() => verdictUnder({ when: 'net.inRange(principal.address, "10.0.0")' }, callOf())).toThrow(
      Problems,
    );
    expect(
      verdictUnder(
        { when: "net.inRange(principal.address, args.range)" },
        callOf({ args: { range: "10.0.0" } }),
      ),
    ).toBe("deny");
  });
});

test("an address is in every range that its bits begin with, and in no other", () => {
  const octets = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 4, maxLength: 4 });
  const number = (parts: readonly number[]): number => parts.reduce((sum, part) => sum * 256 + part, 0);
  fc.assert(
    fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (one, other, bits) => {
      const same =
        Math.floor(number(one) / 2 ** (32 - bits)) === Math.floor(number(other) / 2 ** (32 - bits));
      expect(inRange(one.join("."), `${other.join(".")}/${bits}`)).toBe(same);
      expect(inRange(`::ffff:${one.join(".")}`, `${other.join(".")}/${bits}`)).toBe(same);
    }),
  );
  for (const odd of ["", "nowhere", "10.0.0"]) expect(inRange(odd, "0.0.0.0/0")).toBe(odd === "10.0.0");
});
