import fc from "fast-check";
import { expect, test } from "vitest";
import { lineSplitter, type Line } from "./lines.ts";

const plain = (lines: readonly Line[]): (string | number)[] =>
  lines.map((line) => (line.kind === "line" ? line.bytes.toString("latin1") : line.size_bytes));
const split = (limit: number, ...chunks: readonly string[]): (string | number)[] => {
  const splitter = lineSplitter(limit);
  return plain([
    ...chunks.flatMap((chunk) => splitter.push(Buffer.from(chunk, "latin1"))),
    ...splitter.end(),
  ]);
};

test("splits at newlines, wherever the chunks end", () => {
  expect(split(100, '{"a":1}\n{"b":', "2}\r\n\r\n\n", "last")).toEqual(['{"a":1}', '{"b":2}', "last"]);
  expect(split(100, "a\rb\n", "c\r", "\n")).toEqual(["a\rb", "c"]);
  expect(split(100)).toEqual([]);
});

test("tells of an over-long line once, as soon as it is one, and goes on with the next", () => {
  expect(split(4, "12345\nok\n")).toEqual([5, "ok"]);
  expect(split(4, "123", "45", "6789", "\nok\n1234\r\n12345")).toEqual([5, "ok", "1234", 5]);
  expect(split(4, "1234\r", "x\nok")).toEqual([6, "ok"]);
});

test("keeps nothing of an over-long line but its beginning", () => {
  const splitter = lineSplitter(1024);
  const chunk = Buffer.alloc(1 << 20, "x");
  const told = Array.from({ length: 2000 }, () => splitter.push(chunk)).flat();
  expect(told).toEqual([{ kind: "over-long", size_bytes: 1 << 20, head: Buffer.alloc(1024, "x") }]);
  expect(plain(splitter.push(Buffer.from("\nok\n")))).toEqual(["ok"]);
});

test("gives what splitting the whole would, however it is cut", () => {
  const limit = 8;
  fc.assert(
    fc.property(fc.array(fc.stringMatching(/^[a\r\n]{0,12}$/), { maxLength: 12 }), (chunks) => {
      const wanted = chunks
        .join("")
        .split("\n")
        .map((line) => line.replace(/\r$/, ""))
        .filter((line) => line !== "")
        .map((line) => (line.length > limit ? "over-long" : line));
      expect(split(limit, ...chunks).map((line) => (typeof line === "number" ? "over-long" : line))).toEqual(
        wanted,
      );
    }),
    { numRuns: 2000 },
  );
});
