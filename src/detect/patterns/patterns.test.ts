import { describe, expect, test } from "vitest";
import { views } from "../views/views.ts";
import {
  BRIDGE_PATTERNS,
  PATTERN_MOST,
  PATTERNS,
  PATTERNS_MOST,
  patternsGuard,
  wrongWith,
} from "./patterns.ts";

const found = (
  guard: typeof PATTERNS,
  text: string,
  role: "argument" | "result" = "argument",
): readonly string[] =>
  guard.find(views(text), { role }).map(({ span }) => text.slice(span.from, span.until));

describe("the five of MCP Governance Bridge", () => {
  const bridge = patternsGuard(BRIDGE_PATTERNS);

  test.each([
    ["password=hunter2", "password=hunter2"],
    ["monkey: x", "key: x"],
    ["rm -rf ./data", "rm -rf"],
    ["DROP  TABLE users", "DROP  TABLE"],
    ["eval (x)", "eval ("],
    ['exec("x")', "exec("],
  ])("%s", (text, part) => {
    expect(found(bridge, text)).toEqual([part]);
  });

  test("say nothing of what comes back", () => {
    expect(found(bridge, "password=hunter2", "result")).toEqual([]);
  });

  test("mean on RE2 what they mean where they are shipped", () => {
    const texts = [
      "a password : b",
      "Token=ü",
      "key\n=\tx",
      "delete   -rf",
      "droptable",
      "evaluate(x)",
      "medieval(x)",
      "execs (",
    ];
    // One more group around each, so that none of them is a shipped one.
    const linear = patternsGuard(BRIDGE_PATTERNS.map((source) => `(?:${source})`));
    const finding = (guard: typeof PATTERNS): readonly string[] =>
      texts.filter((text) => found(guard, text).length > 0);
    expect(finding(linear)).toEqual(finding(bridge));
  });
});

test("the default list has boundaries", () => {
  expect(found(PATTERNS, "medieval(x)")).toEqual([]);
  expect(found(PATTERNS, "git push --force origin")).toEqual(["git push --force"]);
  expect(found(PATTERNS, "rm -r -f x; rm -fr y")).toEqual(["rm -fr"]);
});

test("others' patterns run in linear time or are refused with what is wrong", () => {
  const hostile = "a".repeat(5000);
  expect(found(patternsGuard(["(a+)+$"]), hostile)).toEqual([hostile]);
  expect(found(patternsGuard(["(a+)+b"]), hostile)).toEqual([]);
  expect(wrongWith("a+")).toBeUndefined();
  expect(wrongWith("(a")).toMatch(/missing/i);
  expect(wrongWith("(?=a)")).toBeDefined();
  expect(wrongWith("a".repeat(PATTERN_MOST + 1))).toMatch(/longer/);
  expect(() => patternsGuard(["("])).toThrow(/missing/i);
  expect(() => patternsGuard(Array.from({ length: PATTERNS_MOST + 1 }, () => "a"))).toThrow(/more than/);
});
