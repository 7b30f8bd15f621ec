import { setImmediate as turn } from "node:timers/promises";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { inbox } from "./inbox.ts";

describe("an inbox", () => {
  it("takes everything in order, one at a time, and holds its sender back while a promise is pending", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.array(fc.constantFrom("at once", "later", "fails")), { maxLength: 5 }),
        async (batches) => {
          const taken: number[] = [];
          const holds: boolean[] = [];
          let pending = 0;
          const box = inbox<{ readonly n: number; readonly how: string }>(
            ({ n, how }) => {
              expect(pending).toBe(0);
              taken.push(n);
              if (how === "at once") return undefined;
              pending += 1;
              expect(holds.at(-1) ?? false).toBe(false);
              return turn().then(() => {
                expect(holds.at(-1)).toBe(true);
                pending -= 1;
                if (how === "fails") throw new Error("a listener that fails");
                return undefined;
              });
            },
            (held) => void holds.push(held),
          );
          let n = 0;
          for (const batch of batches) {
            box.put(batch.map((how) => ({ n: n++, how })));
            await turn();
          }
          await new Promise<void>((resolve) => box.close(resolve));
          expect(taken).toEqual(Array.from({ length: n }, (_, at) => at));
          expect(holds).toEqual(
            batches
              .flat()
              .filter((how) => how !== "at once")
              .flatMap(() => [true, false]),
          );
        },
      ),
    );
  });
});
