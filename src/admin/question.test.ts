import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { argsOf, targetOf } from "../wire/methods.ts";
import { meaning, named } from "./question.ts";

const serverName = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._-]{0,20}$/);
const rest = fc.string({ minLength: 1, maxLength: 40 });

describe("what is named", () => {
  test("is the server with the longest name that fits, and what comes after it", () => {
    fc.assert(
      fc.property(
        fc.uniqueArray(serverName, { minLength: 1, maxLength: 6 }),
        rest,
        fc.constantFrom("/", "."),
        (names, tool, mark) => {
          const [server = ""] = names;
          const text = `${server}${mark}${tool}`;
          const found = named(text, (name) => names.includes(name));
          const fits = (name: string): boolean =>
            text === name || text.startsWith(`${name}/`) || text.startsWith(`${name}.`);
          const longest = names.filter(fits).toSorted((a, b) => b.length - a.length)[0] ?? "";
          expect(found?.server).toBe(longest);
          expect(text).toBe(found?.rest === "" ? longest : `${longest}${text[longest.length]}${found?.rest}`);
        },
      ),
    );
  });

  test("is nothing where no server has that name, and one of its things where there is one server only", () => {
    fc.assert(
      fc.property(rest, (text) => {
        expect(named(text, () => false)).toBeUndefined();
        expect(named(text, () => false, "files")).toEqual({ server: "files", rest: text });
      }),
    );
  });
});

describe("what an operation means", () => {
  const args = fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.integer()));

  test("is what the gate makes of the same MCP request", () => {
    fc.assert(
      fc.property(
        rest,
        args,
        fc.constantFrom("tools/call", "prompts/get", "resources/read", "resources/subscribe", "tasks/get"),
        (thing, given, method) => {
          const own = method === "tools/call" || method === "prompts/get";
          const key = method.startsWith("tasks/") ? "taskId" : "uri";
          const params = own ? { name: thing, arguments: given } : { ...given, [key]: thing };
          const era = method === "resources/subscribe" ? "legacy" : "modern";
          expect(meaning({ server: "s", rest: thing }, method, given, era)).toEqual({
            server: "s",
            method,
            target: targetOf(method, params),
            args: argsOf(method, params),
          });
        },
      ),
    );
  });

  test.each([
    ["read_file", "delete", { method: "tools/call", target: { kind: "tool", name: "read_file" } }],
    ["file:///a", "read", { method: "resources/read", target: { kind: "resource", uri: "file:///a" } }],
    ["/a", "write", { method: "write", target: { kind: "resource", uri: "/a" } }],
    ["", "admin", { method: "admin", target: { kind: "none" } }],
  ])("of %j, %s is %j", (thing, word, meant) => {
    expect(meaning({ server: "s", rest: thing }, word, {}, "modern")).toMatchObject(meant);
  });

  test.each([
    ["x", "subscriptions/listen"],
    ["x", "completion/complete"],
    ["x", "own/method"],
    ["", "resources/read"],
    ["", "tasks/get"],
  ])("of %j, %s cannot be judged", (thing, method) => {
    expect(meaning({ server: "s", rest: thing }, method, {}, "modern")).toBeTypeOf("string");
  });
});
