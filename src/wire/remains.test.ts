import fc from "fast-check";
import { expect, test } from "vitest";
import { remainsOf } from "./remains.ts";

const answer = (id: string | number | undefined) => ({ kind: "answer", id });
const aside = { kind: "aside" };
const noise = { kind: "noise" };

test.each([
  ['{"jsonrpc":"2.0","id":5,"result":{"a":1,"a":2}}', answer(5)],
  ['{"result":{"a":1,"a":2},"id":"x","jsonrpc":"2.0"}', answer("x")],
  ['{"jsonrpc":"2.0","id":5,"result":{},"id":6}', answer(undefined)],
  ['{"jsonrpc":"2.0","id":5,"result":{},"ID":6}', answer(undefined)],
  ['{"jsonrpc":"2.0","id":5.5,"result":{}}', answer(undefined)],
  ['{"jsonrpc":"2.0","id":5,"error":{"code":"x"}}', answer(5)],
  ['{"jsonrpc":"2.0","id":5,"result":{"text":"\ud800"}}', answer(5)],
  ['{"jsonrpc":"2.0","method":"notifications/message","params":{"a":1,"a":2}}', aside],
  ['{"jsonrpc":"2.0","id":5,"method":"roots/list","result":1}', aside],
  ['{"jsonrpc":"2.0","id":5,"result":{"text":"unfinished', answer(5)],
  ['{"jsonrpc":"2.0","result":{"text":"unfinished","id":5', answer(undefined)],
  ['{"id":"x\\"y","jsonrpc":"2.0","result":{', answer(undefined)],
  ['{"jsonrpc":"2.0","method":"notifications/message","params":{"result":1', aside],
  ['{"jsonrpc":"2.0","id":5,"resu', noise],
  ['{"jsonrpc":"2.0"', noise],
  ['{"level":30,"msg":"ready","error":"no"', noise],
  ['{"level":30,"msg":"ready"}', noise],
  ["Server listening on stdio", noise],
  ['[{"jsonrpc":"2.0","id":5,"result":{}}]', noise],
  ["", noise],
])("%s", (text, remains) => {
  expect(remainsOf(Buffer.from(text), true)).toEqual(remains);
});

test("an id that is not what the bytes say is not read", () => {
  const bytes = Buffer.from('{"jsonrpc":"2.0","id":"_","result":{}}');
  bytes[bytes.indexOf("_")] = 0xff;
  expect(remainsOf(bytes, true)).toEqual(answer(undefined));
  expect(remainsOf(bytes.subarray(0, -1), true)).toEqual(answer(undefined));
});

test("of what was too long, the beginning is enough", () => {
  const text = `{"jsonrpc":"2.0","id":7,"result":{"text":"${"x".repeat(2000)}`;
  expect(remainsOf(Buffer.from(text), false)).toEqual(answer(7));
  expect(remainsOf(Buffer.from(`{"text":"${"x".repeat(2000)}"jsonrpc":"2.0","result":1`), false)).toEqual(
    noise,
  );
});

test("nothing but brackets takes no time", () => {
  expect(remainsOf(Buffer.from(`{"jsonrpc":"2.0","id":1,"result":${"[".repeat(1_000_000)}`), true)).toEqual(
    answer(1),
  );
});

test("takes any bytes", () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), fc.boolean(), (bytes, whole) => {
      const { kind } = remainsOf(Buffer.concat([Buffer.from('{"jsonrpc":"2.0",'), bytes]), whole);
      expect(["answer", "aside", "noise"]).toContain(kind);
    }),
  );
});
