import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Streams, type Taker } from "./replay.ts";

function taker(): Taker & { readonly got: string[]; ended: boolean } {
  const got: string[] = [];
  const made = {
    got,
    ended: false,
    take: (bytes: Buffer) => void got.push(bytes.toString()),
    end() {
      made.ended = true;
    },
  };
  return made;
}
const encode = (text: string) => (id: string) => Buffer.from(`${id}=${text}`);

describe("a stream that a client may come back to", () => {
  test("gives every event once, in order, wherever the connection broke", () => {
    fc.assert(
      fc.property(fc.nat({ max: 40 }), fc.nat({ max: 40 }), (before, after) => {
        const streams = new Streams(4);
        const first = taker();
        const stream = streams.open(first);
        for (let at = 0; at < before; at += 1) void stream.send(undefined, encode(String(at)));
        stream.leave(first);
        for (let at = before; at < before + after; at += 1) void stream.send(undefined, encode(String(at)));
        const last = first.got.at(-1)?.split("=")[0];
        if (last === undefined) return;
        const second = taker();
        streams.holding(last)?.resume(last, second);
        void stream.send(undefined, encode("more"));
        stream.end();
        const all = [...first.got, ...second.got].map((event) => event.split("=")[1]);
        expect(all).toEqual([...Array.from({ length: before + after }, (_, at) => String(at)), "more"]);
        expect(second.ended).toBe(true);
      }),
    );
  });

  test("keeps the server's own ids", () => {
    const streams = new Streams(4);
    const stream = streams.open(taker());
    void stream.send("server-7", encode("x"));
    expect(streams.holding("server-7")).toBe(stream);
  });

  test("is replayed and ended where it ended meanwhile", () => {
    const streams = new Streams(4);
    const first = taker();
    const stream = streams.open(first);
    void stream.send(undefined, encode("a"));
    stream.leave(first);
    void stream.send(undefined, encode("b"));
    stream.end();
    const back = taker();
    stream.resume(first.got[0]?.split("=")[0] ?? "", back);
    expect(back.got.map((event) => event.split("=")[1])).toEqual(["b"]);
    expect(back.ended).toBe(true);
  });

  test("is bounded in events, in bytes and in number", () => {
    const streams = new Streams(2);
    const stream = streams.open(taker());
    for (let at = 0; at < 1000; at += 1) void stream.send(`n${at}`, encode("x"));
    expect(streams.holding("n0")).toBeUndefined();
    expect(streams.holding("n999")).toBe(stream);
    for (let at = 0; at < 8; at += 1) void stream.send(`big${at}`, () => Buffer.alloc(300_000));
    expect(streams.holding("big0")).toBeUndefined();
    expect(streams.holding("big7")).toBe(stream);
    streams.open(taker());
    streams.open(taker());
    expect(streams.holding("big7")).toBeUndefined();
  });
});
