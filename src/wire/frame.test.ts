import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Fault } from "../call/fault.ts";
import { isObject, type Json, type JsonPath } from "../call/json.ts";
import type { Edit } from "../call/verdict.ts";
import { applyEdits } from "./edit.ts";
import { BATCH_MESSAGES, decode, decodeBatch, DEFAULT_BOUNDS, frameOf, type Message } from "./frame.ts";

const read = (text: string | Buffer, bounds = DEFAULT_BOUNDS) => decode(Buffer.from(text), bounds);
const faultOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof Fault) return error.code;
    throw error;
  }
  return "none";
};
const call = (members: string): string =>
  `{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${members}}}`;

/** JSON text written with odd but legal white space, number spellings, escapes and keys. */
const space = fc.stringMatching(/^[ \t\r\n]{0,3}$/);
const keyText = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom(
      '"a"',
      '"name"',
      '"__proto__"',
      '"constructor"',
      '"0"',
      '""',
      '"\\u0061b"',
      '"é✓"',
      '"\\"q\\\\"',
      '"😀"',
    ),
  },
  fc.string({ unit: "grapheme", maxLength: 6 }).map((key) => JSON.stringify(key)),
);
const stringText = fc.oneof(
  fc.string({ unit: "binary", maxLength: 60 }).map((value) => JSON.stringify(value.toWellFormed())),
  fc.constantFrom(
    '"\\u00e9"',
    '"\\ud83d\\ude00"',
    '"\\/"',
    '"{\\"a\\":1,}"',
    '"\\\\"',
    '"\\\\\\""',
    `"${"long ".repeat(20)}\\\\\\"${"x".repeat(40)}"`,
  ),
);
const numberText = fc.constantFrom(
  "0",
  "-0",
  "1.0",
  "1e3",
  "1E+2",
  "0.10",
  "9007199254740993",
  "1e400",
  "-12.5e-3",
  "123456789012345678",
);
const jsonText: fc.Arbitrary<string> = fc.letrec<{ value: string }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, depthSize: "small" },
    stringText,
    numberText,
    fc.constantFrom("true", "false", "null"),
    fc
      .tuple(space, fc.array(fc.tuple(space, tie("value"), space), { maxLength: 4 }))
      .map(
        ([pad, items]) => `[${items.length === 0 ? pad : items.map((parts) => parts.join("")).join(",")}]`,
      ),
    objectText(tie("value")),
  ),
})).value;
function objectText(value: fc.Arbitrary<string>): fc.Arbitrary<string> {
  const entry = fc.tuple(space, keyText, space, space, value, space);
  return fc
    .tuple(space, fc.uniqueArray(entry, { maxLength: 5, selector: ([, key]) => JSON.parse(key) as string }))
    .map(([pad, entries]) =>
      entries.length === 0
        ? `{${pad}}`
        : `{${entries.map(([a, key, b, c, inner, d]) => `${a}${key}${b}:${c}${inner}${d}`).join(",")}}`,
    );
}
const requestText = fc
  .tuple(objectText(jsonText), space, fc.boolean())
  .map(([params, pad, last]) =>
    last
      ? `${pad}{"jsonrpc":"2.0",${pad}"id":1,"method":"x","extra":null,"params":${params}${pad}}${pad}`
      : `{"params"${pad}:${params},"id" : "7","method":"x","jsonrpc":"2.0"}`,
  );

function pathsOf(value: Json, at: JsonPath = []): JsonPath[] {
  const here = at.length === 0 ? [] : [at];
  if (Array.isArray(value))
    return [...here, ...value.flatMap((inner: Json, index) => pathsOf(inner, [...at, index]))];
  if (isObject(value))
    return [...here, ...Object.keys(value).flatMap((key) => pathsOf(value[key] ?? null, [...at, key]))];
  return here;
}
const overlaps = (a: JsonPath, b: JsonPath): boolean =>
  a.every((part, index) => index >= b.length || part === b[index]);

/** Edits of a document that do not overlap: sets and removes of what is there, members that are new, elements at the end. */
function editsFor(root: Json): fc.Arbitrary<readonly Edit[]> {
  const paths = pathsOf(root).filter((path) => path[0] === "params" && path.length > 1);
  const at = (path: JsonPath): Json =>
    path.reduce<Json>((value, part) => (value as Record<string | number, Json>)[part] as Json, root);
  const objects = [["params"], ...paths.filter((path) => isObject(at(path)))];
  const arrays = paths.filter((path) => Array.isArray(at(path)));
  const to = fc.jsonValue({ maxDepth: 2 }) as fc.Arbitrary<Json>;
  const choices: fc.Arbitrary<Edit>[] = [
    fc
      .tuple(fc.constantFrom(...objects), fc.constantFrom("new", "__proto__", "né", "toString"), to)
      .map(([path, key, value]) => ({ kind: "set", path: [...path, key], to: value })),
    fc
      .tuple(fc.constantFrom(...objects), to)
      .map(([path, value]) => ({ kind: "set", path: [...path, "made", "on", "the way"], to: value })),
    fc
      .tuple(fc.constantFrom(...objects))
      .map(([path]) => ({ kind: "remove", path: [...path, "absent", "deeper"] })),
  ];
  if (paths.length > 0) {
    choices.push(
      fc.tuple(fc.constantFrom(...paths), to).map(([path, value]) => ({ kind: "set", path, to: value })),
    );
    choices.push(fc.constantFrom(...paths).map((path) => ({ kind: "remove", path })));
    choices.push(fc.constantFrom(...paths).map((path) => ({ kind: "remove", path })));
  }
  if (arrays.length > 0) {
    choices.push(
      fc.tuple(fc.constantFrom(...arrays), to).map(([path, value]) => ({
        kind: "set",
        path: [...path, (at(path) as readonly Json[]).length],
        to: value,
      })),
    );
  }
  return fc.array(fc.oneof(...choices), { maxLength: 6 }).map((edits) => {
    const chosen: Edit[] = [];
    for (const edit of edits) {
      const clash = chosen.some(({ path }) => overlaps(path, edit.path) || overlaps(edit.path, path));
      const mine = chosen.filter(
        ({ path }) =>
          path.length === edit.path.length && path.slice(0, -1).every((part, i) => part === edit.path[i]),
      );
      if (!clash && !mine.some(({ path }) => typeof path.at(-1) !== typeof edit.path.at(-1)))
        chosen.push(edit);
    }
    return chosen;
  });
}

describe("decode", () => {
  test("says what each kind of message is", () => {
    const cases: readonly (readonly [string, Message])[] = [
      [call('"name":"x"'), { kind: "request", id: 1, method: "tools/call", params: { name: "x" } }],
      ['{"jsonrpc":"2.0","id":"","method":"ping"}', { kind: "request", id: "", method: "ping", params: {} }],
      [
        '{"jsonrpc":"2.0","method":"notifications/initialized"}',
        { kind: "notification", method: "notifications/initialized", params: {} },
      ],
      ['{"jsonrpc":"2.0","id":0,"result":{}}', { kind: "result", id: 0, result: {} }],
      [
        '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"Parse error"}}',
        { kind: "error", id: null, code: -32700, message: "Parse error" },
      ],
      [
        '{"jsonrpc":"2.0","error":{"code":1,"message":"","data":null}}',
        { kind: "error", id: null, code: 1, message: "", data: null },
      ],
      [
        '{"jsonrpc":"2.0","id":9007199254740991,"method":"x","trace":{"a":[1]}}',
        { kind: "request", id: 9007199254740991, method: "x", params: {} },
      ],
    ];
    for (const [text, message] of cases) expect(read(text).message).toEqual(message);
  });

  test.each([
    ["malformed-json", ""],
    ["malformed-json", "not json"],
    ["malformed-json", '{"jsonrpc":"2.0","method":"x"'],
    ["malformed-json", '{"jsonrpc":"2.0","method":"x"} {}'],
    ["malformed-json", '\ufeff{"jsonrpc":"2.0","method":"x"}'],
    [
      "malformed-json",
      Buffer.from([...Buffer.from('{"jsonrpc":"2.0","method":"'), 0xc3, 0x28, ...Buffer.from('"}')]),
    ],
    [
      "malformed-json",
      Buffer.from([...Buffer.from('{"jsonrpc":"2.0","method":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
    ],
    ["malformed-json", '{"jsonrpc":"2.0","method":"x","params":{"a":01}}'],
    ["malformed-json", "{'jsonrpc':'2.0'}"],
    ["malformed-json", '{"a'],
    ["malformed-json", '{"a\\"'],
    ["malformed-json", "-"],
    ["too-large", "[".repeat(100_000)],
    ["invalid-request", '{"jsonrpc":"2.0","method":"x","method":"y"}'],
    ["invalid-request", call('"name":"read","\\u006eame":"write"')],
    ["invalid-request", call('"arguments":{"deep":[{"a":1,"a":1}]}')],
    ["invalid-request", call('"__proto__":{"a":1},"__proto__":{"a":1}')],
    ["invalid-request", call('"x":"\\ud800"')],
    ["invalid-request", call('"x":"\\udc00\\ud800"')],
    ["invalid-request", call('"\\uD834":1')],
    ["invalid-request", '{"id":1,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":2.0,"id":1,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":null,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1.5,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":9007199254740993,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":9007199254740990.6,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1e400,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":true,"method":"x"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"method":7}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"method":"x","params":[1]}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"method":"x","params":null}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"method":"x","result":{}}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"result":{},"error":{"code":1,"message":""}}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"result":"text"}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":null,"result":{}}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"error":{"code":1.5,"message":""}}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1,"error":{"code":1}}'],
    ["invalid-request", '{"jsonrpc":"2.0","id":1}'],
    ["invalid-request", "[]"],
    ["invalid-request", '"text"'],
    ["invalid-request", '{"__proto__":{"jsonrpc":"2.0","method":"x"}}'],
  ])("refuses as %s: %s", (code, text) => {
    expect(faultOf(() => read(text))).toBe(code);
  });

  test("takes what looks odd and is not", () => {
    const fine = call(
      '"a":"\\ud83d\\ude00","b":"\\\\ud800","c":[],"d":{},"__proto__":{"constructor":1},"e":"\\"a\\":1","a ":1,"":0',
    );
    expect(read(`\r\n\t ${fine} \n`).message.kind).toBe("request");
  });

  test("bounds bytes and depth", () => {
    const nested = (depth: number): string => call(`"a":${"[".repeat(depth)}${"]".repeat(depth)}`);
    expect(read(nested(62)).message.kind).toBe("request");
    expect(faultOf(() => read(nested(63)))).toBe("too-large");
    expect(faultOf(() => read(nested(1_000_000)))).toBe("too-large");
    expect(faultOf(() => read(call(""), { bytes: 10, depth: 64 }))).toBe("too-large");
    expect(read(call('"a":"[[[[[["'), { bytes: 1000, depth: 2 }).message.kind).toBe("request");
  });

  test("takes any generated document, and refuses it once a key of it stands twice", () => {
    fc.assert(
      fc.property(requestText, keyText, jsonText, (text, key, inner) => {
        expect(
          isDeepStrictEqual(
            (read(text).message as { params: Json }).params,
            (JSON.parse(text) as { params: Json }).params,
          ),
        ).toBe(true);
        const twice = text.replace(
          '"method":"x"',
          `"method":"x","twice":{${key}:${inner},"between":1,${key}:${inner}}`,
        );
        fc.pre(key !== '"between"');
        expect(faultOf(() => read(twice))).toBe("invalid-request");
      }),
    );
  });
});

describe("inexact", () => {
  test("names numbers whose decimal value a double changes", () => {
    const at = (text: string): readonly JsonPath[] => read(call(`"n":${text}`)).inexact;
    const path = [["params", "n"]];
    for (const text of [
      "1e400",
      "-1e400",
      "9007199254740993",
      "1e-400",
      "0.1000000000000000055511151231257827",
      "12345678901234567890",
      "1e99999999999999999999999",
      "4.35000000000000000001",
    ]) {
      expect({ [text]: at(text) }).toEqual({ [text]: path });
    }
    for (const text of [
      "0",
      "-0",
      "1.0",
      "1e3",
      "0.1",
      "0.10000000000000000000",
      "9007199254740992",
      "123456789012345680000",
      "1E22",
      "5e-324",
      "0e99999999999999999999999",
      "0.000e400",
      "1.7976931348623157e308",
    ]) {
      expect({ [text]: at(text) }).toEqual({ [text]: [] });
    }
  });

  test("gives the whole path, in the order of the document", () => {
    expect(read(call('"a":[1,{"é\\"":1e400},"1e400"],"b":12345678901234567')).inexact).toEqual([
      ["params", "a", 1, 'é"'],
      ["params", "b"],
    ]);
  });
});

describe("edit", () => {
  test("leaves every other byte: each kind of edit", () => {
    const text =
      '{ "jsonrpc":"2.0","id" : 1.0 ,"method":"tools/call","params":{"name" :\t"a" , "n":1e2,"l":[ 1 , 2,3 ]} }';
    const edit = (...edits: readonly Edit[]): string => read(text).edit(edits).bytes.toString();
    const params = (inner: string): string => text.replace(/"params":.*$/, `"params":{${inner}} }`);
    expect(edit({ kind: "set", path: ["id"], to: "x" })).toBe(text.replace("1.0", '"x"'));
    expect(edit({ kind: "set", path: ["method"], to: "ping" })).toBe(text.replace("tools/call", "ping"));
    expect(
      edit(
        { kind: "set", path: ["params", "name"], to: "b" },
        { kind: "set", path: ["params", "new"], to: { é: 1 } },
      ),
    ).toBe(params('"name" :\t"b" , "n":1e2,"l":[ 1 , 2,3 ],"new":{"é":1}'));
    expect(edit({ kind: "remove", path: ["params", "name"] })).toBe(params('"n":1e2,"l":[ 1 , 2,3 ]'));
    expect(edit({ kind: "remove", path: ["params", "l"] })).toBe(params('"name" :\t"a" , "n":1e2'));
    expect(
      edit({ kind: "remove", path: ["params", "l", 0] }, { kind: "remove", path: ["params", "l", 2] }),
    ).toBe(params('"name" :\t"a" , "n":1e2,"l":[ 2 ]'));
    expect(edit({ kind: "set", path: ["params", "l", 3], to: 4 })).toBe(
      params('"name" :\t"a" , "n":1e2,"l":[ 1 , 2,3,4 ]'),
    );
    expect(edit(...["name", "n", "l"].map((key): Edit => ({ kind: "remove", path: ["params", key] })))).toBe(
      params(""),
    );
    expect(edit({ kind: "remove", path: ["params"] }).replace(/\s/g, "")).toBe(
      '{"jsonrpc":"2.0","id":1.0,"method":"tools/call"}',
    );
    expect(edit()).toBe(text);
  });

  test("makes the objects on the way to a new member", () => {
    const frame = read('{"jsonrpc":"2.0","id":1,"result":{}}').edit([
      { kind: "set", path: ["result", "_meta", "dev.portcullis/decision"], to: { effect: "deny" } },
    ]);
    expect(frame.bytes.toString()).toBe(
      '{"jsonrpc":"2.0","id":1,"result":{"_meta":{"dev.portcullis/decision":{"effect":"deny"}}}}',
    );
    const bare = read('{"jsonrpc":"2.0","id":1,"method":"x"}').edit([
      { kind: "set", path: ["params", "a"], to: 1 },
    ]);
    expect(bare.message).toEqual({ kind: "request", id: 1, method: "x", params: { a: 1 } });
  });

  test("refuses edits that overlap, lead nowhere or are no JSON", () => {
    const frame = read(call('"a":{"b":1},"l":[1]'));
    const set = (path: JsonPath, to: Json = 1): Edit => ({ kind: "set", path, to });
    for (const edits of [
      [set([])],
      [set(["params", "a"]), set(["params", "a", "b"])],
      [set(["params", "a", "b"]), set(["params", "a"])],
      [set(["id"]), set(["id"], 2)],
      [set(["params", "a", 0])],
      [set(["params", "l", "0"])],
      [set(["params", "l", 2])],
      [set(["params", "l", -1])],
      [set(["params", "l", 0]), set(["params", "l", "x"])],
      [set(["params", "a", "b", "c"])],
      [set(["params", "new", 0])],
      [set(["params", "x"], Number.NaN)],
      [{ kind: "set", path: ["params", "x"], to: undefined as unknown as Json } as const],
    ]) {
      expect(() => frame.edit(edits)).toThrow(TypeError);
    }
    expect(faultOf(() => frame.edit([{ kind: "remove", path: ["jsonrpc"] }]))).toBe("invalid-request");
    expect(faultOf(() => frame.edit([set(["id"], 1.5)]))).toBe("invalid-request");
  });

  test("says of the edited message what its bytes say, and what the edits make of the value", () => {
    fc.assert(
      fc.property(
        requestText.chain((text) => fc.tuple(fc.constant(text), editsFor(JSON.parse(text) as Json))),
        ([text, edits]) => {
          const edited = read(text).edit(edits);
          const again = decode(edited.bytes, DEFAULT_BOUNDS);
          expect(isDeepStrictEqual(edited.message, again.message)).toBe(true);
          expect(edited.inexact).toEqual(again.inexact);
          const wanted = applyEdits(JSON.parse(text) as Json, edits);
          expect(isDeepStrictEqual(JSON.parse(edited.bytes.toString()), wanted)).toBe(true);
        },
      ),
      { numRuns: 1000 },
    );
  });

  test("keeps every token that no edit names", () => {
    fc.assert(
      fc.property(requestText, (text) => {
        const edited = read(text).edit([
          { kind: "set", path: ["method"], to: "y" },
          { kind: "set", path: ["params", "added"], to: 0 },
        ]);
        const back = edited.edit([
          { kind: "set", path: ["method"], to: "x" },
          { kind: "remove", path: ["params", "added"] },
        ]);
        fc.pre(!/"params"\s*:\s*\{\s*\}/.test(text));
        expect(back.bytes.toString()).toBe(text);
      }),
    );
  });
});

describe("applyEdits", () => {
  test("shares what it does not touch and never changes what it is given", () => {
    const value = { a: { b: 1 }, c: [1, 2, 3] };
    const made = applyEdits<Json>(value, [
      { kind: "remove", path: ["c", 0] },
      { kind: "remove", path: ["c", 1] },
    ]);
    expect(made).toEqual({ a: { b: 1 }, c: [3] });
    expect((made as typeof value).a).toBe(value.a);
    expect(value.c).toEqual([1, 2, 3]);
    expect(applyEdits(value, [])).toBe(value);
  });

  test("takes `__proto__` for a key like any other", () => {
    const made = applyEdits<Json>(JSON.parse('{"a":1}') as Json, [
      { kind: "set", path: ["__proto__", "polluted"], to: true },
    ]);
    expect(JSON.stringify(made)).toBe('{"a":1,"__proto__":{"polluted":true}}');
    expect(({} as Record<string, unknown>)["polluted"]).toBeUndefined();
  });
});

describe("decodeBatch", () => {
  test("gives each message its own bytes; undefined for anything but an array", () => {
    const one = '{"jsonrpc":"2.0","id":1,"method":"ping" }';
    const two = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    const frames = decodeBatch(Buffer.from(` [ ${one} ,\n${two}]`), DEFAULT_BOUNDS);
    expect(frames?.map(({ bytes }) => bytes.toString())).toEqual([one, two]);
    expect(decodeBatch(Buffer.from("[]"), DEFAULT_BOUNDS)).toEqual([]);
    expect(decodeBatch(Buffer.from(one), DEFAULT_BOUNDS)).toBeUndefined();
    expect(decodeBatch(Buffer.from(""), DEFAULT_BOUNDS)).toBeUndefined();
  });

  test("refuses too many, and what decode refuses", () => {
    const many = (count: number): Buffer =>
      Buffer.from(`[${Array.from({ length: count }, () => '{"jsonrpc":"2.0","method":"x"}').join(",")}]`);
    expect(decodeBatch(many(BATCH_MESSAGES), DEFAULT_BOUNDS)).toHaveLength(BATCH_MESSAGES);
    expect(faultOf(() => decodeBatch(many(BATCH_MESSAGES + 1), DEFAULT_BOUNDS))).toBe("too-large");
    expect(faultOf(() => decodeBatch(Buffer.from("[1]"), DEFAULT_BOUNDS))).toBe("invalid-request");
    expect(
      faultOf(() =>
        decodeBatch(Buffer.from('[{"jsonrpc":"2.0","method":"x","method":"x"}]'), DEFAULT_BOUNDS),
      ),
    ).toBe("invalid-request");
    expect(faultOf(() => decodeBatch(Buffer.from("[{}"), DEFAULT_BOUNDS))).toBe("malformed-json");
    expect(faultOf(() => decodeBatch(Buffer.alloc(100, "["), { bytes: 10, depth: 64 }))).toBe("too-large");
  });
});

test("frameOf writes what decode reads", () => {
  const messages: readonly Message[] = [
    { kind: "request", id: "a", method: "ping", params: {} },
    { kind: "notification", method: "notifications/cancelled", params: { requestId: 1, reason: "é" } },
    { kind: "result", id: 0, result: {} },
    { kind: "error", id: null, code: 403, message: "no" },
    { kind: "error", id: 1, code: -32602, message: "no", data: null },
  ];
  for (const message of messages) expect(frameOf(message).message).toEqual(message);
  expect(frameOf({ kind: "request", id: 1, method: "ping", params: {} }).bytes.toString()).toBe(
    '{"jsonrpc":"2.0","id":1,"method":"ping"}',
  );
});

test("inexact agrees with exact arithmetic over any decimal number", () => {
  /** A decimal as integer × 10^power, compared by cross-multiplying. */
  const exactly = (text: string): readonly [bigint, number] => {
    const [mantissa = "", exponent = "0"] = text.split(/[eE]/);
    const [whole = "", fraction = ""] = mantissa.split(".");
    return [
      BigInt(whole.replace("-", "") + fraction) * (text.startsWith("-") ? -1n : 1n),
      Number(exponent) - fraction.length,
    ];
  };
  const same = (a: string, b: string): boolean => {
    const [x, p] = exactly(a);
    const [y, q] = exactly(b);
    const least = Math.min(p, q);
    return x * 10n ** BigInt(p - least) === y * 10n ** BigInt(q - least);
  };
  const digits = fc.oneof(
    fc.stringMatching(/^(0|[1-9]\d{0,24})$/),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((value) => String(Math.abs(value)).replace(/e.*$/, "")),
  );
  const number = fc
    .tuple(
      fc.constantFrom("", "-"),
      digits,
      fc.oneof(fc.constant(""), fc.stringMatching(/^\.\d{1,20}$/)),
      fc.oneof(
        fc.constant(""),
        fc.integer({ min: -345, max: 320 }).map((power) => `e${power}`),
      ),
    )
    .map(
      ([sign, whole, fraction, exponent]) =>
        `${sign}${whole}${whole.includes(".") ? "" : fraction}${exponent}`,
    );
  fc.assert(
    fc.property(number, (text) => {
      const value = Number(text);
      const exact = Number.isFinite(value) && same(text, String(value));
      expect(read(call(`"n":${text}`)).inexact).toEqual(exact ? [] : [["params", "n"]]);
    }),
    { numRuns: 3000 },
  );
});
