import fc from "fast-check";
import { expect, test } from "vitest";
import { callId, decisionId, firstCallId, parseCallId } from "./id.ts";

const instant = fc.integer({ min: 0, max: 2 ** 48 - 1 });

test("a call's id can be read back, and sorts by time", () => {
  fc.assert(
    fc.property(instant, instant, (one, other) => {
      const [early, late] = one < other ? [one, other] : [other, one];
      const id = callId(early);
      expect(parseCallId(id)).toBe(id);
      expect(parseCallId(decisionId(id))).toBe(id);
      expect(firstCallId(early) <= id).toBe(true);
      if (early < late) expect(id < firstCallId(late)).toBe(true);
    }),
  );
});

test("no two ids are alike", () => {
  expect(new Set(Array.from({ length: 10_000 }, () => callId(1_763_737_200_000))).size).toBe(10_000);
});

test("the time stands where RFC 9562 puts it", () => {
  // 0x017f22e279b0 is the example of RFC 9562, appendix A.6.
  expect(firstCallId(0x017f22e279b0)).toMatch(/^call_01fwhe4yd/);
});
