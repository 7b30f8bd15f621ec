import { describe, expect, it } from "vitest";
import { eraVerdict } from "./era.ts";
import type { Finding } from "./probe.ts";

const HOUR = 60 * 60_000;

function asked(findings: readonly (Finding | Error)[]) {
  let now = 1_000_000_000_000;
  let times = 0;
  const verdict = eraVerdict(
    async () => {
      const finding = findings[Math.min(times, findings.length - 1)];
      times += 1;
      if (finding instanceof Error || finding === undefined) throw finding ?? new Error("nothing");
      return finding;
    },
    () => now,
  );
  return { verdict, times: () => times, pass: (ms: number) => void (now += ms) };
}
const MODERN: Finding = { era: "modern", certain: true };
const LEGACY: Finding = { era: "legacy", certain: true };

describe("which era a server speaks", () => {
  it("is asked once, however many want to know, and keeps its date", async () => {
    const { verdict, times } = asked([MODERN]);
    expect(await Promise.all([verdict.get(), verdict.get(), verdict.get()])).toEqual([
      "modern",
      "modern",
      "modern",
    ]);
    expect(await verdict.get()).toBe("modern");
    expect(times()).toBe(1);
    expect(verdict.known).toEqual({ era: "modern", since: new Date(1_000_000_000_000) });
  });

  it("is asked again after an hour, after a failure, and when the clock went back", async () => {
    const { verdict, times, pass } = asked([LEGACY, MODERN]);
    await verdict.get();
    pass(HOUR - 1);
    expect([await verdict.get(), times()]).toEqual(["legacy", 1]);
    pass(1);
    expect([await verdict.get(), times()]).toEqual(["modern", 2]);
    verdict.doubt();
    await verdict.get();
    expect(times()).toBe(3);
    pass(-1000);
    await verdict.get();
    expect(times()).toBe(4);
  });

  it("a guess from silence holds a minute", async () => {
    const { verdict, times, pass } = asked([{ era: "legacy", certain: false }, MODERN]);
    await verdict.get();
    pass(60_000);
    expect([await verdict.get(), times()]).toEqual(["modern", 2]);
  });

  it("no evidence is not kept", async () => {
    const { verdict, times } = asked([new Error("HTTP 503"), MODERN]);
    await expect(verdict.get()).rejects.toThrow("503");
    expect(verdict.known).toBeUndefined();
    expect([await verdict.get(), times()]).toEqual(["modern", 2]);
  });
});
