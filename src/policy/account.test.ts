import { expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { firstCallId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { compile } from "./compile.ts";
import { sentences } from "./explain.ts";

/** What is said of a rule with this condition. */
function said(when: string, args: JsonObject, shown?: JsonObject): string {
  const text = JSON.stringify({ rules: [{ name: "r", when, deny: true, why: "No." }] });
  const call: Call = {
    id: firstCallId(0),
    at: 0,
    principal: { id: "ana", tenant: "t", roles: ["dev"], scopes: [], source: "anonymous" },
    client: undefined,
    era: "modern",
    server: "s",
    method: "tools/call",
    target: { kind: "tool", name: "x" },
    args,
    meta: {},
    inexact: [],
  };
  const policy = compile([{ file: "p", text }], { resourceArgs: () => [], root: "/srv" });
  return sentences(policy.explain(call, [], shown))[1] ?? "";
}

test.each([
  ["args.n > 1000", { n: 2000 }, "r (p:1) denies it: args.n > 1000 is true (args.n = 2000)."],
  ["args.n > 1000", { n: 20 }, "r (p:1) would deny it, but this is false: args.n > 1000 (args.n = 20)"],
  [
    'args.n > 1 && tool == "y"',
    { n: 2 },
    'r (p:1) would deny it, but this is false: args.n > 1 && tool == "y", because tool == "y" is false (tool = "x")',
  ],
  [
    'args.gone == 1 || "dev" in principal.roles || args.n > 5',
    { n: 2 },
    'r (p:1) denies it: "dev" in principal.roles is true (principal.roles = ["dev"]).',
  ],
  ["!(has(args.m) && args.m > 1)", {}, "r (p:1) denies it: has(args.m) is false (args.m = not there)."],
  [
    '!path.within(args.path, "data") && now < timestamp("2000-01-01T00:00:00Z")',
    { path: "/etc" },
    'r (p:1) denies it: path.within(args.path, "data") is false (args.path = "/etc"); ' +
      'now < timestamp("2000-01-01T00:00:00Z") is true (now = 1970-01-01T00:00:00.000Z).',
  ],
  [
    "args.list.exists(i, i == args.n)",
    { list: ["x".repeat(100)], n: 1 },
    `r (p:1) would deny it, but this is false: args.list.exists(i, i == args.n) (args.list = ["${"x".repeat(78)}…)`,
  ],
])("what decided is told with its values: %s of %j", (when, args, wanted) => {
  expect(said(when, args)).toBe(wanted);
});

test("values are shown as far as they may be", () => {
  const line = said('args.token.startsWith("s")', { token: "s3cret" }, { token: "[secret]" });
  expect(line).toContain('is true (args.token = "[secret]")');
  expect(line).not.toContain("s3cret");
});
