import fc from "fast-check";
import { expect, test } from "vitest";
import { tally } from "./tally.ts";

/** The order in which two streams that say the same are read: each in its own order, anyhow between them. */
function interleaved(
  first: readonly string[],
  second: readonly string[],
  picks: readonly boolean[],
): string[] {
  const streams = { old: [...first], next: [...second] };
  const order: string[] = [];
  for (let at = 0; streams.old.length + streams.next.length > 0; at += 1) {
    const takes = picks[at % picks.length] === true ? "old" : "next";
    const from = streams[takes].length > 0 ? takes : takes === "old" ? "next" : "old";
    order.push(`${from} ${streams[from].shift() ?? ""}`);
  }
  return order;
}

test("what two streams say is told once, however they are read, with what only one of them could say", () => {
  const keys = fc.array(fc.constantFrom("a", "b"), { maxLength: 8 });
  fc.assert(
    fc.property(keys, keys, keys, fc.array(fc.boolean(), { minLength: 1 }), (before, both, after, picks) => {
      const counted = tally<string>();
      const told: string[] = [];
      const hear = (stream: string, key: string): void => {
        if (counted.isNews(stream, key)) told.push(key);
      };
      counted.open("old");
      counted.open("next");
      // Before the server knows of the next one, only the old one says it.
      for (const said of interleaved([...before, ...both], both, picks)) {
        const [stream = "", key = ""] = said.split(" ");
        hear(stream, key);
      }
      // The next one will never say what was said before it was there.
      expect(counted.even).toBe(before.length === 0);
      counted.end("old");
      for (const key of after) hear("next", key);
      expect(told.toSorted()).toEqual([...before, ...both, ...after].toSorted());
    }),
  );
});

test("a stream that is over says nothing new", () => {
  const counted = tally<number>();
  counted.open(1);
  counted.end(1);
  expect(counted.isNews(1, "a")).toBe(false);
});
