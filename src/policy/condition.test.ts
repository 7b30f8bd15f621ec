import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { firstCallId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import { type Condition, type Failure, parseCondition } from "./condition.ts";
import { factsOf } from "./facts.ts";

const AT = Date.parse("2026-07-01T22:30:00Z");

function callWith(args: JsonObject, more: Partial<Call> = {}): Call {
  return {
    id: firstCallId(AT),
    at: AT,
    principal: { id: "ana", tenant: "acme", roles: ["dev"], scopes: ["read"], source: "local-account" },
    client: { name: "inspector", version: "1" },
    era: "modern",
    server: "files",
    method: "tools/call",
    target: { kind: "tool", name: "write_file" },
    args,
    meta: {},
    inexact: [],
    ...more,
  };
}

function condition(text: string): Condition {
  const parsed = parseCondition(text);
  if ("fault" in parsed) throw new Error(JSON.stringify(parsed.fault));
  return parsed;
}

function ask(text: string, args: JsonObject, more: Partial<Call> = {}): boolean | Failure["kind"] {
  const answer = condition(text).test(factsOf(callWith(args, more), [], ["path", "name"]));
  return typeof answer === "boolean" ? answer : answer.kind;
}

describe("a condition that cannot be meant", () => {
  test.each([
    ['args.a == 1 && tol == "x"', "tol", "unknown variable: tol", 'did you mean "tool"?'],
    ['principal.rolez == "x"', "rolez", "no such key: rolez", 'did you mean "roles"?'],
    ["args.x ==", "", "unexpected token: EOF", undefined],
    ["tool == 5", "tool == 5", "no such overload: string == int", undefined],
    ["tool", "tool", "a condition is true or false, this is string", undefined],
    ["1 == 2", "1 == 2", "is false whatever the call, so the rule can never match", undefined],
    ["args.n == 1 && !true", "args.n == 1 && !true", "is false whatever the call", undefined],
    ['args.p.matches("(a")', '"(a"', "not a regular expression of RE2", undefined],
    ['args.p.matches("(?=a)")', '"(?=a)"', "not a regular expression of RE2", undefined],
    ['path.within(args.p, "data")', '"data"', "must be absolute", 'such as "/srv/data"'],
    ["cel.bind(x, args.a, x == 1)", "cel", "`cel.bind` is not part of the policy language", undefined],
    ['now > timestamp("2026-01-01T00:00:00")', undefined, "not an RFC 3339 time", undefined],
    ['now.getHours("Mars/North") > 5', '"Mars/North"', "not a time zone", 'such as "Europe/Amsterdam"'],
    ["args.n in [1, 2u]", "2u", "an unsigned number in a list equals no number of a call", "leave out the u"],
    ['bytes(args.s) == b"ÿ"', 'b"ÿ"', "bytes beyond ASCII", String.raw`such as b"\xc3\xbf"`],
    ["[].all(e, e > 0)", undefined, "cannot be checked: Operator overload", undefined],
    [`args.a == ${"(".repeat(40)}1${")".repeat(40)}`, undefined, "depth", undefined],
    [Array.from({ length: 300 }, (_, i) => `args.a == ${i}`).join(" || "), undefined, "nodes", undefined],
  ])("%s", (text, part, message, hint) => {
    const parsed = parseCondition(text);
    if (!("fault" in parsed)) throw new Error("it was taken");
    const { fault } = parsed;
    expect(fault.message.toLowerCase()).toContain(message.toLowerCase());
    expect(fault.hint).toBe(hint);
    const pointed = text.slice(fault.offset, fault.offset + fault.length);
    expect(pointed).toBe(part ?? pointed);
  });
});

test.each([
  ["work/a.txt", true],
  ["/srv/work/a.txt", true],
  ["a.txt", false],
  ["work/../a.txt", false],
])("with a folder to be relative to, %s in ./work is %s", (path, expected) => {
  const parsed = parseCondition('path.within(args.path, "./work")', "/srv");
  if ("fault" in parsed) throw new Error(parsed.fault.message);
  expect(parsed.test(factsOf(callWith({ path }), [], []))).toBe(expected);
});

test.each([
  [undefined, true],
  [["pwd"], true],
  [["pwd", "mfa"], false],
])("that no second factor was shown is told from how somebody signed in: %j", (amr, expected) => {
  const { principal } = callWith({});
  const signed: Principal = { ...principal, source: "token", ...(amr && { amr }) };
  expect(ask('!("mfa" in principal.amr)', {}, { principal: signed })).toBe(expected);
});

const CAME = callWith({}).at;

test.each([
  [undefined, true],
  [CAME - 60_000, false],
  [CAME - 600_000, true],
])("who signed in too long ago, or nobody knows when, is told: %j", (auth_at, expected) => {
  const { principal } = callWith({});
  const signed: Principal = { ...principal, source: "token", ...(auth_at !== undefined && { auth_at }) };
  expect(ask('now - principal.auth_time > duration("5m")', {}, { principal: signed })).toBe(expected);
});

describe("a condition", () => {
  test.each<[string, JsonObject, boolean | Failure["kind"]]>([
    ['!path.within(args.path, "/srv/data")', { path: "/etc/passwd" }, true],
    ['path.within(args.path, "/srv/data")', { path: 5 }, false],
    ['path.within(args.path, "/srv/data")', {}, "missing"],
    ["args.amount > 100", { amount: 100.5 }, true],
    ["args.amount > 100", { amount: "100" }, "failed"],
    ["args.count in [1, 2]", { count: 2 }, true],
    ['has(args.path) && args.path == "/x"', {}, false],
    ['"dev" in principal.roles && principal.tenant == tenant', {}, true],
    ['args.list.exists(x, x.matches("^(a+)+$"))', { list: ["b", "a".repeat(50)] }, true],
    ['args.text.matches("^(a+)+$")', { text: `${"a".repeat(100_000)}b` }, false],
    ["args.missing == 1 || true", {}, true],
    ['!("mfa" in principal.amr)', {}, true],
    ["args.flag", { flag: "yes" }, "failed"],
    ["args.a[5] == 1", { a: [] }, "missing"],
    ['client.name == "inspector" && method == "tools/call" && era == "modern"', {}, true],
    ['tool == "write_file" && prompt == "" && server == "files"', {}, true],
    ["findings.size() == 0 && risk == 0", {}, true],
    ['now.getHours("Europe/Amsterdam") == 0 && now.getDate("Europe/Amsterdam") == 2', {}, true],
    ["now.getHours() == 22 && now.getDayOfYear() == 181 && now.getDayOfWeek() == 3", {}, true],
    ['now - timestamp("2026-07-01T22:00:00Z") == duration("30m")', {}, true],
    ['resource == "/a"', { path: "/a" }, true],
    ['resource == "/a"', { path: "/a", name: "/b" }, "ambiguous"],
    ['resource == "/a"', { path: { deep: 1 } }, "ambiguous"],
    ["args == {'__proto__': 1}", JSON.parse('{"__proto__": {}}') as JsonObject, "failed"],
    ['args.a.constructor == "x"', { a: {} }, "missing"],
    ['args.a.constructor == "x"', { a: { constructor: "x" } }, true],
    ['args.team == "y" && has(args.constructor)', { constructor: "x", team: "y" }, true],
    ['"🐱" + "a" == "🐱a" && args.name.contains("🐱")', { name: "a 🐱" }, true],
    ['args.name.lowerAscii() == "k"', { name: "\u212a" }, false],
    ['args.name.lowerAscii() == "abc"', { name: "aBC" }, true],
    ['args.name.upperAscii() == "ABCß"', { name: "abcß" }, true],
    ['args.name.trim() == "a b"', { name: "\u0085 a b\t" }, true],
    ['args.name.trim() == ""', { name: " \n" }, true],
    ['text.found(args, "needle")', { a: { constructor: ["a needle"] } }, true],
    ['text.found(args, "^constructor$")', { a: { constructor: 1 } }, true],
  ])("%s of %j: %s", (text, args, expected) => {
    expect(ask(text, args)).toBe(expected);
  });

  test("sees what the stages found", () => {
    const finding = { guard: "g", class: "secret", severity: "high", path: "/a" } as const;
    const facts = factsOf(callWith({}), [finding], []);
    expect(condition('findings.exists(f, f.class == "secret")').test(facts)).toBe(true);
    expect(condition("risk >= 75").test(facts)).toBe(true);
  });

  test("is never asked about a number that a double cannot hold", () => {
    const inexact = { inexact: ["amount"] };
    expect(ask("args.amount > 1", { amount: 2 }, inexact)).toBe("inexact");
    expect(ask('args["amount"] > 1', { amount: 2 }, inexact)).toBe("inexact");
    expect(ask("args.other > 1", { amount: 2, other: 3 }, inexact)).toBe(true);
    expect(ask("size(args) == 2", { amount: 2, other: 3 }, inexact)).toBe("inexact");
    expect(ask("args[principal.id] == 1", { ana: 1 }, inexact)).toBe("inexact");
    expect(ask('resource == "2"', { path: 2 }, { inexact: ["path"] })).toBe("inexact");
    expect(ask('tool == "write_file"', { amount: 2 }, inexact)).toBe(true);
    expect(ask("args.a.b == 1", { a: { b: 1 } }, { inexact: ["a.b"] })).toBe("inexact");
    expect(ask('args["a.b"] == 1', { "a.b": 1 }, { inexact: ["a.b"] })).toBe("inexact");
    expect(ask("args.a.b == 1", { a: { b: 1 }, ab: 2 }, { inexact: ["ab"] })).toBe(true);
  });

  test("that could take long is not begun", () => {
    const list = Array.from({ length: 3000 }, (_, index) => index);
    expect(ask("args.list.all(a, args.list.all(b, a == b || a != b))", { list })).toBe("too much");
    expect(ask("args.list.all(a, a >= 0)", { list })).toBe(true);
    expect(ask('args.list.all(a, args.big.contains("x"))', { list, big: "y".repeat(100_000) })).toBe(
      "too much",
    );
    expect(
      ask('args.text.split("").all(a, args.text.split("").all(b, a == b))', { text: "a".repeat(5000) }),
    ).toBe("too much");
  });

  test("gives true, false or a failure for any arguments, and never throws", () => {
    const texts = [
      'path.within(args.path, "/srv")',
      "args.a.b[0] > 1 || args.c.all(x, x.y == 1)",
      'args.path.matches(args.a) && args.path.startsWith("x")',
      "size(args.a) + size(args.c) > 1",
      "args == {} || args.a == args.c",
      'args.a.map(x, x).filter(x, x in args.c).size() > 0 && string(args.a) == "1"',
      'timestamp(args.path) > now || duration(args.path) > duration("1s")',
      "now.getHours(args.path) > 3",
    ].map(condition);
    const keys = fc.constantFrom(
      "a",
      "b",
      "c",
      "y",
      "path",
      "__proto__",
      "constructor",
      "toString",
      "length",
    );
    const { value } = fc.letrec<{ value: unknown }>((tie) => ({
      value: fc.oneof(
        { depthSize: "small", withCrossShrink: true },
        fc.constantFrom<unknown>(
          null,
          true,
          0,
          -1,
          1e300,
          "",
          "x",
          "/srv/x",
          "(",
          "1s",
          "UTC",
          "2026-01-01T00:00:00Z",
        ),
        fc.array(tie("value"), { maxLength: 3 }),
        fc.array(fc.tuple(keys, tie("value")), { maxLength: 3 }).map(
          // JSON.parse makes own members of the names that literals would not
          (members) =>
            JSON.parse(
              `{${members.map(([key, inner]) => `"${key}":${JSON.stringify(inner)}`).join(",")}}`,
            ) as unknown,
        ),
      ),
    }));
    fc.assert(
      fc.property(fc.dictionary(keys, value, { maxKeys: 5 }), (args) => {
        const facts = factsOf(callWith(args as JsonObject), [], ["path"]);
        for (const each of texts) {
          const answer = each.test(facts);
          expect(typeof answer === "boolean" || typeof answer.kind === "string").toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
