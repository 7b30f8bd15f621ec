import { expect, test } from "vitest";
import { compile } from "./compile.ts";

const steady = (...rules: object[]): boolean =>
  compile([{ file: "policy.yaml", text: JSON.stringify({ rules }) }], {
    resourceArgs: () => ["path"],
  }).steady("files", { kind: "tool", name: "read_file" });
const allow = { name: "read", match: { tool: "read_*" }, allow: true };
const deny = { name: "no", match: { tool: "read_file" }, deny: true, why: "No." };

test("rules that look at nothing but the call give a verdict that can be remembered", () => {
  expect(steady(allow, { ...deny, when: 'args.path == "/etc" && principal.id == "ana"' })).toBe(true);
});

test.each([
  ["the clock", { ...deny, when: 'now > timestamp("2026-01-01T00:00:00Z")' }],
  ["findings", { ...deny, when: "findings.size() > 0" }],
  ["the risk of findings", { ...deny, when: "risk > 50" }],
  ["hours", { name: "h", hours: { allow: "09:00-17:00", timezone: "UTC" }, why: "Office hours." }],
  ["a limit", { name: "l", limit: { rate: "10/hour" } }],
])("%s makes it one of the moment", (_, rule) => {
  expect(steady(allow, rule)).toBe(false);
});

test("a rule about another tool changes nothing", () => {
  expect(steady(allow, { name: "l", match: { tool: "write_*" }, limit: { rate: "10/hour" } })).toBe(true);
});
