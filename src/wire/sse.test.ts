import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeEvent, sseParser, type SseEvent } from "./sse.ts";

const parse = (chunks: readonly Buffer[], limit = 1 << 20): SseEvent[] => {
  const parser = sseParser(limit);
  return chunks.flatMap((chunk) => [...parser.push(chunk)]);
};
const plain = (events: readonly SseEvent[]): unknown[] =>
  events.map(({ data, ...rest }) => (data === undefined ? rest : { ...rest, data: data.toString() }));
const said = (text: string): unknown[] => plain(parse([Buffer.from(text)]));

/** WHATWG HTML §9.2 read literally, over the whole text at once, with comments and data-less events kept. */
function naive(text: string): unknown[] {
  const lines = text
    .replace(/^\ufeff/, "")
    .replaceAll("\r\n", "\n")
    .replaceAll("\r", "\n")
    .split("\n")
    .slice(0, -1);
  const events: unknown[] = [];
  let event: Record<string, unknown> = {};
  for (const line of lines) {
    const [, name = "", value = ""] = /^([^:]*)(?:: ?([\s\S]*))?$/.exec(line) ?? [];
    if (line === "") {
      if (Object.keys(event).length > 0) events.push(event);
      event = {};
    } else if (line.startsWith(":")) events.push({ comment: line.slice(1) });
    else if (name === "data") event["data"] = "data" in event ? `${String(event["data"])}\n${value}` : value;
    else if (name === "event") event["event"] = value;
    else if (name === "id" && !value.includes("\0")) event["id"] = value;
    else if (name === "retry" && /^[0-9]{1,15}$/.test(value)) event["retry_ms"] = Number(value);
  }
  return events;
}

function split(bytes: Buffer, cuts: readonly number[]): Buffer[] {
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  return at.slice(1).map((end, index) => bytes.subarray(at[index], end));
}

describe("sseParser", () => {
  test("reads what servers send", () => {
    expect(said('event: message\ndata: {"jsonrpc":"2.0","id":1,"result":{}}\n\n')).toEqual([
      { event: "message", data: '{"jsonrpc":"2.0","id":1,"result":{}}' },
    ]);
    expect(said("id: stream-1/0\r\nretry: 3000\r\ndata:\r\n\r\n")).toEqual([
      { id: "stream-1/0", retry_ms: 3000, data: "" },
    ]);
    expect(said("id: 7\n\n")).toEqual([{ id: "7" }]);
    expect(said(":\r\n\r\n: keep-alive\r\n\r\n")).toEqual([{ comment: "" }, { comment: " keep-alive" }]);
    expect(said("data: YHOO\ndata: +2\ndata: 10\n\n")).toEqual([{ data: "YHOO\n+2\n10" }]);
    expect(said("data\n\ndata\ndata\n\ndata:")).toEqual([{ data: "" }, { data: "\n" }]);
    expect(said("data:test\n\ndata:  two\n\n")).toEqual([{ data: "test" }, { data: " two" }]);
    expect(said("\ufeffdata: a\n\n\ufeffdata: b\n\n")).toEqual([{ data: "a" }]);
    expect(said("id: a\0b\nretry: 1s\nunknown: x\n\n\n\n")).toEqual([]);
  });

  test("gives the same however the bytes are cut, and what the standard says", () => {
    const piece = fc.oneof(
      fc.constantFrom(
        "\n",
        "\r",
        "\r\n",
        "\n\n",
        "\r\r",
        ":",
        ": c",
        "data: ",
        "data:",
        "id: ",
        "event:x",
        "retry: 12",
        "\ufeff",
        "é😀",
        "\0",
        "other: y",
      ),
      fc.string({ unit: "grapheme", maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 30 }),
        fc.array(fc.nat(), { maxLength: 12 }),
        fc.boolean(),
        (pieces, cuts, bytewise) => {
          const text = pieces.join("").toWellFormed();
          const bytes = Buffer.from(text);
          const chunks = bytewise ? [...bytes].map((byte) => Buffer.from([byte])) : split(bytes, cuts);
          expect(plain(parse(chunks))).toEqual(naive(text));
        },
      ),
      { numRuns: 2000 },
    );
  });

  test("bounds an event, not a stream", () => {
    const event = Buffer.from(`data: ${"x".repeat(50)}\n\nunknown: ${"y".repeat(40)}\n\n`);
    expect(
      parse(
        Array.from({ length: 100 }, () => event),
        64,
      ),
    ).toHaveLength(100);
    const garbled = expect.objectContaining({ code: "upstream-garbled" });
    expect(() => parse([Buffer.from("x".repeat(65))], 64)).toThrow(garbled);
    expect(() =>
      parse(
        Array.from({ length: 65 }, () => Buffer.from("x")),
        64,
      ),
    ).toThrow(garbled);
    expect(() => parse([Buffer.from("data: 1234567890\n".repeat(4))], 64)).toThrow(garbled);
  });
});

describe("encodeEvent", () => {
  test("writes what a browser reads", () => {
    expect(encodeEvent({ id: "1", event: "message", data: Buffer.from("{}") }).toString()).toBe(
      "event: message\nid: 1\ndata: {}\n\n",
    );
    expect(encodeEvent({ comment: "" }).toString()).toBe(":\n\n");
    expect(encodeEvent({ data: Buffer.from("{\r\n}\r\r\n") }).toString()).toBe(
      "data: {\ndata: }\ndata: \ndata: \n\n",
    );
    expect(() => encodeEvent({ id: "a\ndata: forged" })).toThrow(TypeError);
    expect(() => encodeEvent({ event: "a\rb" })).toThrow(TypeError);
  });

  test("is undone by the parser, line ends in data becoming LF", () => {
    const word = fc
      .string({ unit: "grapheme", maxLength: 8 })
      .map((text) => text.toWellFormed().replaceAll(/[\r\n\0]/g, ""));
    const event = fc.record(
      {
        id: word,
        event: word,
        retry_ms: fc.nat(),
        data: fc.string({ unit: "binary" }).map((text) => text.toWellFormed()),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(event, ({ data, ...rest }) => {
        const bytes = encodeEvent(data === undefined ? rest : { ...rest, data: Buffer.from(data) });
        const wanted = data === undefined ? rest : { ...rest, data: data.replaceAll(/\r\n|\r/g, "\n") };
        // the first bytes of a stream may be a byte order mark, the first of an event may not
        expect(plain(parse([Buffer.from("\n"), bytes]))).toEqual(
          Object.keys(wanted).length === 0 ? [] : [wanted],
        );
      }),
    );
  });
});
