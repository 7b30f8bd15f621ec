import { describe, expect, test } from "vitest";
import { CODECS } from "./codecs.ts";
import { argsOf, dutyOf, resourcesOf, targetOf, type Duty, unjudgeable } from "./methods.ts";

/** `protocol.md` 1.1: what each era has, and what the gate does with it. */
const TABLE: readonly (readonly [method: string, legacy: Duty, modern: Duty])[] = [
  ["initialize", "handshake", "judge"],
  ["server/discover", "judge", "handshake"],
  ["ping", "ping", "judge"],
  ["tools/list", "list", "list"],
  ["prompts/list", "list", "list"],
  ["resources/list", "list", "list"],
  ["resources/templates/list", "list", "list"],
  ["logging/setLevel", "level", "judge"],
  ["tools/call", "judge", "judge"],
  ["prompts/get", "judge", "judge"],
  ["resources/read", "judge", "judge"],
  ["resources/subscribe", "judge", "judge"],
  ["resources/unsubscribe", "judge", "judge"],
  ["subscriptions/listen", "judge", "judge"],
  ["completion/complete", "judge", "judge"],
  ["tasks/get", "judge", "judge"],
  ["tasks/list", "judge", "judge"],
  ["skills/list", "list", "list"],
  ["skills/get", "judge", "judge"],
  ["resources/directory/read", "judge", "judge"],
  ["constructor", "judge", "judge"],
  ["__proto__", "judge", "judge"],
  ["tools/List", "judge", "judge"],
];

test.each(TABLE)("%s is, to a legacy client, %s and, to a modern one, %s", (method, legacy, modern) => {
  expect(dutyOf("legacy", method)).toBe(legacy);
  expect(dutyOf("modern", method)).toBe(modern);
  expect(CODECS.legacy.duty(method)).toBe(legacy);
  expect(CODECS.modern.duty(method)).toBe(modern);
});

describe("targetOf and argsOf", () => {
  test.each([
    ["tools/call", { name: "write", arguments: { a: 1 } }, { kind: "tool", name: "write" }, { a: 1 }],
    ["tools/call", { name: "write" }, { kind: "tool", name: "write" }, {}],
    ["tools/call", { name: "write", arguments: [1] }, { kind: "tool", name: "write" }, {}],
    ["tools/call", { name: 7, arguments: {} }, { kind: "none" }, {}],
    ["prompts/get", { name: "p", arguments: { x: "y" } }, { kind: "prompt", name: "p" }, { x: "y" }],
    ["resources/read", { uri: "file:///a" }, { kind: "resource", uri: "file:///a" }, { uri: "file:///a" }],
    [
      "resources/subscribe",
      { uri: "file:///a" },
      { kind: "resource", uri: "file:///a" },
      { uri: "file:///a" },
    ],
    [
      "resources/directory/read",
      { uri: "skill://s/" },
      { kind: "resource", uri: "skill://s/" },
      { uri: "skill://s/" },
    ],
    [
      "skills/get",
      { uri: "skill://s/SKILL.md" },
      { kind: "resource", uri: "skill://s/SKILL.md" },
      { uri: "skill://s/SKILL.md" },
    ],
    [
      "resources/read",
      { uri: "ui://a/b.html" },
      { kind: "resource", uri: "ui://a/b.html" },
      { uri: "ui://a/b.html" },
    ],
    ["tasks/update", { taskId: "t" }, { kind: "task", id: "t" }, { taskId: "t" }],
    ["tasks/result", { taskId: "t" }, { kind: "task", id: "t" }, { taskId: "t" }],
    ["tasks/list", { cursor: "c" }, { kind: "none" }, { cursor: "c" }],
    ["vendor/own", { name: "x", uri: "y" }, { kind: "none" }, { name: "x", uri: "y" }],
  ] as const)("%s %j", (method, params, target, args) => {
    expect(targetOf(method, params)).toEqual(target);
    expect(argsOf(method, params)).toEqual(args);
  });

  test("completion is about the prompt or the resource it refers to", () => {
    const complete = (ref: object) =>
      targetOf("completion/complete", { ref: { ...ref }, argument: { name: "a", value: "" } });
    expect(complete({ type: "ref/prompt", name: "p" })).toEqual({ kind: "prompt", name: "p" });
    expect(complete({ type: "ref/resource", uri: "file:///{path}" })).toEqual({
      kind: "resource",
      uri: "file:///{path}",
    });
    expect(complete({ type: "ref/other", name: "p" })).toEqual({ kind: "none" });
    expect(targetOf("completion/complete", {})).toEqual({ kind: "none" });
  });

  test("a name that is only inherited is none", () => {
    expect(targetOf("tools/call", JSON.parse('{"__proto__":{"name":"x"}}') as Record<string, never>)).toEqual(
      { kind: "none" },
    );
  });
});

test("resourcesOf names each uri a subscription asks to follow", () => {
  expect(
    resourcesOf({
      notifications: { toolsListChanged: true, resourceSubscriptions: ["file:///a", 7, "file:///b"] },
    }),
  ).toEqual(["file:///a", "file:///b"]);
  expect(resourcesOf({ notifications: { resourceSubscriptions: "file:///a" } })).toEqual([]);
  expect(resourcesOf({})).toEqual([]);
});

test.each([
  ["legacy", "tasks/get", {}, true],
  ["legacy", "tasks/result", { taskId: 7 }, true],
  ["legacy", "tasks/list", {}, false],
  ["modern", "tasks/result", {}, false],
  ["modern", "tasks/stream", { taskId: ["t"] }, true],
  ["modern", "tasks/stream", { taskId: "t" }, false],
  ["modern", "vendor/own", { taskId: 7 }, false],
] as const)("%s %s %j cannot be judged: %s", (era, method, params, wrong) => {
  expect(unjudgeable(era, method, params) !== undefined).toBe(wrong);
});

test("whatever is asked of a task is about that task", () => {
  expect(targetOf("tasks/stream", { taskId: "t" })).toEqual({ kind: "task", id: "t" });
});
