import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { Fault, type FaultCode } from "../call/fault.ts";
import type { ApprovalId, CallId } from "../call/id.ts";
import type { Cause, Deny, Hold } from "../call/verdict.ts";
import { CODECS } from "../wire/codecs.ts";
import { faultBody, refusalBody, wordsOf, wordsOfFault } from "./refuse.ts";

const call: Call = {
  id: "call_01kah6qv9ye5svxc7r4jzd0m2n" as CallId,
  at: Date.UTC(2026, 10, 20, 10),
  principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "anonymous" },
  client: undefined,
  era: "legacy",
  server: "github",
  method: "tools/call",
  target: { kind: "tool", name: "delete_repository" },
  args: { repo: "acme/test" },
  meta: {},
  inexact: [],
};
const deny = (cause: Cause): Deny => ({
  kind: "deny",
  rule: { source: "sha256:1", rule: "no-repo-delete" },
  cause,
  why: "Repositories may only be deleted by the platform team.",
  instead: "Archive it with github.archive_repository.",
});
const id = "apr_01kah6qv9ye5svxc7r4jzd0m2n" as ApprovalId;
const hold: Hold = {
  kind: "hold",
  rule: { source: "sha256:1", rule: "ask-before-delete" },
  why: "Deleting needs two people.",
  asks: [],
  approval: {
    id,
    expires: Date.UTC(2026, 10, 20, 11),
  },
};
const respelled: Hold = {
  ...hold,
  approval: { id, expires: 0, outdated: "apr_01kah5qv9ye5svxc7r4jzd0m2n" as ApprovalId },
};
const prompt: Call = { ...call, method: "prompts/get", target: { kind: "prompt", name: "summary" } };
const resource: Call = {
  ...call,
  method: "resources/read",
  target: { kind: "resource", uri: "file:///etc/passwd" },
};
const { refusalResult } = CODECS.legacy;

describe("every row of the table of refusals", () => {
  test.each<[string, Call, Deny | Hold]>([
    ["denied by policy", call, deny({ kind: "policy" })],
    ["hidden tool", call, deny({ kind: "hidden" })],
    ["hidden prompt", prompt, deny({ kind: "hidden" })],
    ["hidden resource", resource, deny({ kind: "hidden" })],
    ["needs approval", call, hold],
    ["needs approval, and there is another way", call, { ...hold, instead: "Archive it." }],
    ["needs approval, which it had in another form", call, respelled],
    ["argument blocked", call, deny({ kind: "argument", path: "/token" })],
    ["over a limit", call, deny({ kind: "limit", resets: Date.UTC(2026, 10, 20, 12) })],
    ["a check broke", call, deny({ kind: "broken", stage: "arguments" })],
    ["cannot be recorded", call, deny({ kind: "unrecorded" })],
    ["prompt denied", prompt, deny({ kind: "policy" })],
    ["resource denied", resource, deny({ kind: "policy" })],
  ])("%s", (_, asked, refusal) => {
    expect(refusalBody(refusal, asked, refusalResult)).toMatchSnapshot();
  });

  test.each<FaultCode>([
    "upstream-unreachable",
    "upstream-refused",
    "upstream-failed",
    "upstream-over",
    "upstream-timeout",
    "upstream-gone",
    "upstream-garbled",
    "upstream-resting",
    "upstream-busy",
    "internal",
  ])("%s", (code) => {
    const fault = new Fault(code, "server github did not answer in 30 s", { detail: "secret detail" });
    expect(faultBody(fault, call, refusalResult)).toMatchSnapshot();
    expect(faultBody(fault, resource, refusalResult)).toMatchSnapshot();
    expect(JSON.stringify(faultBody(fault, call, refusalResult))).not.toContain("secret detail");
  });

  test("a modern result says that it is complete", () => {
    const body = refusalBody(
      deny({ kind: "policy" }),
      { ...call, era: "modern" },
      CODECS.modern.refusalResult,
    );
    expect(body).toMatchObject({ kind: "result", result: { resultType: "complete", isError: true } });
  });
});

test("the time of a limit is to the second, and not before there is room", () => {
  const said = (resets: number): string =>
    wordsOf(deny({ kind: "limit", resets }), call).text.split("\n")[3] ?? "";
  expect(said(Date.UTC(2026, 10, 20, 12, 0, 3, 1))).toContain("before 2026-11-20 12:00:04 UTC;");
  expect(said(Date.UTC(2026, 10, 20, 11, 59, 59, 1))).toContain("before 2026-11-20 12:00 UTC;");
});

test("arguments that people approved in place of others are told whole, to the blank", () => {
  const instead = { body: `if (a)\n    b("${"x".repeat(500)}")  // c` };
  const { text } = wordsOf(deny({ kind: "not-approved", approval: id, instead }), call);
  const said = text.split("\n").find((line) => line.startsWith("Call the same tool")) ?? "";
  expect(JSON.parse(said.slice(said.indexOf("{")))).toStrictEqual(instead);
});

test("no text is longer than 600 characters or breaks its lines, whatever a rule or a server says", () => {
  const text = fc.string({ maxLength: 2000, unit: "grapheme" });
  fc.assert(
    fc.property(text, text, text, text, text, (why, instead, rule, tool, server) => {
      const asked = { ...call, server, target: { kind: "tool", name: tool } } as const;
      for (const cause of [
        { kind: "policy" },
        { kind: "argument", path: why },
        { kind: "limit", resets: 1001 },
        { kind: "unrecorded" },
      ] as const) {
        const words = wordsOf({ kind: "deny", rule: { source: "", rule }, cause, why, instead }, asked);
        expect(words.text.length).toBeLessThanOrEqual(600);
        expect(words.text).toMatch(/^(BLOCKED|LIMIT|UNAVAILABLE) /);
        expect(words.text.split("\n")).toHaveLength(6);
      }
      for (const more of [{}, { instead }, { ...respelled, instead }]) {
        const words = wordsOf({ ...hold, ...more, why, rule: { source: "", rule } }, asked);
        expect(words.text.length).toBeLessThanOrEqual(600);
        expect(words.text).toContain("Do not poll.");
      }
      expect(wordsOfFault(new Fault("upstream-gone", why), asked).text.length).toBeLessThanOrEqual(600);
    }),
  );
});
