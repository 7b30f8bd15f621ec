import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Call } from "../../src/call/call.ts";
import { Fault, FAULTS, type FaultCode } from "../../src/call/fault.ts";
import { approvalId, callId } from "../../src/call/id.ts";
import type { Cause, Deny, Hold, Refusal } from "../../src/call/verdict.ts";
import { wordsOf, wordsOfFault } from "../../src/gateway/refuse.ts";
import { follow } from "./reader.ts";

const AT = Date.UTC(2026, 10, 21, 10);
const call: Call = {
  id: callId(AT),
  at: AT,
  principal: { id: "ana", tenant: "default", roles: [], scopes: [], source: "anonymous" },
  client: undefined,
  era: "modern",
  server: "github",
  method: "tools/call",
  target: { kind: "tool", name: "delete_repository" },
  args: { repo: "acme/test" },
  meta: {},
  inexact: [],
};
const id = approvalId(AT);
const CAUSES: Readonly<Record<string, Cause>> = {
  policy: { kind: "policy" },
  argument: { kind: "argument", path: "/repo" },
  limit: { kind: "limit", resets: AT + 3_600_000 },
  broken: { kind: "broken", stage: "arguments" },
  uncounted: { kind: "uncounted" },
  unrecorded: { kind: "unrecorded" },
  "not approved": { kind: "not-approved", approval: id },
  "approved otherwise": { kind: "not-approved", approval: id, instead: { repo: "acme/other" } },
};
/** Sentences of policy authors, who write what they like. */
const sentence = fc.string({ unit: "grapheme", minLength: 1, maxLength: 400 });
const deny = (cause: Cause, why: string, instead: string | undefined): Deny => ({
  kind: "deny",
  rule: { source: "sha256:1", rule: "some-rule" },
  cause,
  why,
  ...(instead !== undefined && { instead }),
});
const hold = (why: string, link: string | undefined): Hold => ({
  kind: "hold",
  rule: { source: "sha256:1", rule: "some-rule" },
  why,
  asks: [],
  approval: { id, expires: AT + 3_600_000, ...(link !== undefined && { link }) },
});

/** Who calls once, reads, and does what it read, until it is told to stop: how often it called again with the same words. */
function retries(refusal: Refusal): number {
  const { text } = wordsOf(refusal, call);
  const { retry } = follow(text);
  return retry === "unchanged" ? 1 : 0;
}

describe("somebody who does what a refusal says", () => {
  test.each(Object.entries(CAUSES))("after %s does not call again as it was, nor around it", (_, cause) => {
    for (const instead of [undefined, "Archive it with github.archive_repository."]) {
      const { text, decision } = wordsOf(deny(cause, "Only the platform team may.", instead), call);
      const read = follow(text);
      expect(read.retry).not.toBe("unchanged");
      expect(read.around).toBe(false);
      expect(text.length).toBeLessThanOrEqual(600);
      // What a program reads agrees with what a model reads.
      expect(decision.retryable).toBe(
        read.retry !== "never" || cause.kind === "unrecorded" || cause.kind === "uncounted",
      );
    }
  });

  test("tells the user what was refused wherever there is nothing else to do", () => {
    for (const cause of Object.values(CAUSES)) {
      const { text } = wordsOf(deny(cause, "Only the platform team may.", undefined), call);
      expect([cause.kind, follow(text).told !== undefined]).toEqual([cause.kind, true]);
    }
    for (const link of [undefined, "https://gate.example.com/a/apr_x?k=y"])
      expect(follow(wordsOf(hold("Two people.", link), call).text)).toMatchObject({
        retry: "never",
        told: expect.stringContaining(id),
      });
  });

  test("after a server's failure does not call again and again, and knows whether it may have run", () => {
    const codes = (Object.keys(FAULTS) as FaultCode[]).filter((code) => code.startsWith("upstream-"));
    expect(codes.length).toBeGreaterThan(5);
    for (const code of codes) {
      const { text } = wordsOfFault(new Fault(code, "github did not answer in 30 s."), call);
      expect([code, follow(text).retry, follow(text).told !== undefined]).toEqual([code, "never", true]);
    }
  });

  test("retries at most once in ten refusals, whatever the authors of rules write", () => {
    let [refusals, again] = [0, 0];
    const refusal = fc.oneof(
      fc
        .record({
          cause: fc.constantFrom(...Object.values(CAUSES)),
          why: sentence,
          instead: fc.option(sentence),
        })
        .map(({ cause, why, instead }) => deny(cause, why, instead ?? undefined)),
      fc
        .record({ why: sentence, link: fc.option(fc.constant("https://gate.example.com/a/apr_x?k=y")) })
        .map(({ why, link }) => hold(why, link ?? undefined)),
    );
    fc.assert(
      fc.property(refusal, (one) => {
        refusals += 1;
        again += retries(one);
        expect(wordsOf(one, call).text.length).toBeLessThanOrEqual(600);
      }),
      { numRuns: 1_000 },
    );
    expect(again / refusals).toBeLessThanOrEqual(0.1);
  });

  test("would retry an ordinary failure, so that this can fail", () => {
    expect(follow("Error: request failed with status 500").retry).toBe("unchanged");
    expect(follow("BLOCKED by policy.").around).toBe(true);
  });
});
