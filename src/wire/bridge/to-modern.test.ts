import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spaceText, strangers, valueText } from "../../../test/transparency/json-text.ts";
import { Fault } from "../../call/fault.ts";
import { decode, DEFAULT_BOUNDS, type Frame } from "../frame.ts";
import { META } from "../revision.ts";
import { sliceAt } from "../slice.ts";
import { again, selfOf, toModern } from "./to-modern.ts";

const space = spaceText(true);
const value = valueText(space);
const read = (text: string): Frame => decode(Buffer.from(text), DEFAULT_BOUNDS);
const textAt = (frame: Frame, ...path: string[]): string | undefined =>
  sliceAt(frame.bytes, path)?.toString("utf8");
const paramsOf = ({ message }: Frame): object => ("params" in message ? message.params : {});
const SELF = selfOf({
  clientInfo: { name: "old", version: "1" },
  capabilities: {
    tasks: { list: {} },
    elicitation: {},
    extensions: { "io.modelcontextprotocol/tasks": {}, "com.example/x": { a: 1 } },
  },
});
const NAMED = ["_meta", "name", "inputResponses", "requestState", "task", ...Object.values(META)];

describe("the envelope", () => {
  test("is all that a request gains; every other byte is the client's", () => {
    fc.assert(
      fc.property(
        strangers(value, space, NAMED, 4),
        strangers(value, space, NAMED, 4),
        fc.boolean(),
        (own, inMeta, says) => {
          const meta = says
            ? [{ key: "_meta", text: `"_meta":{${inMeta.map(({ text }) => text).join(",")}}` }]
            : [];
          const members = [...own, ...meta].map(({ text }) => text).join(",");
          const frame = read(`{"jsonrpc":"2.0", "id":"1.0","method":"x/y","params":{${members}}}`);
          const sent = toModern(frame, SELF, undefined);
          for (const { key } of own) expect(textAt(sent, "params", key)).toBe(textAt(frame, "params", key));
          for (const { key } of says ? inMeta : [])
            expect(textAt(sent, "params", "_meta", key)).toBe(textAt(frame, "params", "_meta", key));
          expect(Object.keys(paramsOf(sent))).toHaveLength(own.length + 1);
        },
      ),
    );
  });

  test("says who asks and what it wants logged, where the request had no params at all", () => {
    const sent = toModern(read('{"jsonrpc":"2.0","id":1,"method":"tools/list"}'), SELF, "debug");
    expect(paramsOf(sent)).toEqual({
      _meta: {
        [META.revision]: "2026-07-28",
        [META.client_info]: { name: "old", version: "1" },
        [META.client_capabilities]: { elicitation: {}, extensions: { "com.example/x": { a: 1 } } },
        [META.log_level]: "debug",
      },
    });
  });

  test("replaces what the client says of itself by what it said when it began", () => {
    const claim = JSON.stringify({ [META.client_capabilities]: { sampling: {} }, progressToken: 1 });
    const sent = toModern(
      read(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"_meta":${claim}}}`),
      selfOf({ clientInfo: "nobody" }),
      undefined,
    );
    expect(paramsOf(sent)).toEqual({
      _meta: { [META.client_capabilities]: {}, [META.revision]: "2026-07-28", progressToken: 1 },
    });
  });

  test("takes away what only the newer era means by a call, and a task that nobody runs", () => {
    const params = '{"name":"t","inputResponses":{},"task":{"ttl":1},"requestState":"s"}';
    const sent = toModern(
      read(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${params}}`),
      SELF,
      undefined,
    );
    expect(Object.keys(paramsOf(sent))).toEqual(["name", "_meta"]);
    const other = toModern(
      read(`{"jsonrpc":"2.0","id":1,"method":"x/y","params":${params}}`),
      SELF,
      undefined,
    );
    expect(Object.keys(paramsOf(other))).toHaveLength(5);
  });

  test("has no place where `_meta` is no object", () => {
    const frame = read('{"jsonrpc":"2.0","id":1,"method":"x","params":{"_meta":"m"}}');
    expect(() => toModern(frame, SELF, undefined)).toThrow(Fault);
  });
});

test("a request that is asked again carries the answers as the client wrote them, and the state as it was given", () => {
  const keys = fc.uniqueArray(fc.oneof(fc.constantFrom("__proto__", "a", "1"), fc.string()), {
    maxLength: 4,
  });
  fc.assert(
    fc.property(keys, value, fc.string({ unit: "grapheme" }), (names, answer, state) => {
      const frame = read('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"arguments":{"n":1.0}}}');
      const answers = new Map(names.map((key) => [key, Buffer.from(`{"content":${answer}}`)]));
      const sent = again(frame, "portcullis:2", answers, state.toWellFormed());
      for (const key of names)
        expect(textAt(sent, "params", "inputResponses", key)).toBe(`{"content":${answer}}`);
      expect(paramsOf(sent)).toMatchObject({ requestState: state.toWellFormed() });
      expect(textAt(sent, "params", "arguments")).toBe('{"n":1.0}');
      expect(sent.message).toMatchObject({ id: "portcullis:2" });
    }),
  );
});
