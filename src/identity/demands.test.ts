import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import { demandsOf, included } from "./demands.ts";
import { outOfReach, reaches } from "./reach.ts";

const call = (server: string, tool: string, scopes: readonly string[], source = "token"): Call =>
  ({
    server,
    method: "tools/call",
    target: { kind: "tool", name: tool },
    principal: { id: "ana", tenant: "default", roles: [], scopes, source },
  }) as unknown as Call;

const DEMANDS = demandsOf([
  { servers: [], targets: [], require: ["mcp"] },
  { servers: ["files"], targets: [], require: ["files"] },
  { servers: ["files"], targets: ["write_*"], require: ["files.write", "mcp"] },
  { servers: ["docs"], targets: ["*"], require: ["docs"] },
]);

describe("what a call needs", () => {
  test.each([
    ["files", "read", ["mcp", "files"], undefined],
    ["files", "read", ["mcp"], ["files", "mcp"]],
    ["files", "write_x", ["mcp", "files"], ["files", "files.write", "mcp"]],
    ["docs", "read", [], ["docs", "mcp"]],
    ["other", "read", [], ["mcp"]],
  ])("%s.%s with %j lacks %j", (server, tool, scopes, lacking) => {
    expect(DEMANDS.lacking(call(server, tool, scopes))).toEqual(lacking);
  });

  test("is all of it, in one list, so that a token with that is enough", () => {
    fc.assert(
      fc.property(
        fc.constantFrom("files", "docs", "other"),
        fc.constantFrom("read", "write_x"),
        (server, tool) => {
          const needs = DEMANDS.lacking(call(server, tool, []));
          expect(DEMANDS.lacking(call(server, tool, needs ?? []))).toBeUndefined();
        },
      ),
    );
  });

  test("is nothing of who shows no credential to the gate", () => {
    expect(DEMANDS.lacking(call("files", "write_x", [], "local-account"))).toBeUndefined();
  });

  test("for signing in: what every call at that address needs", () => {
    expect(["", "files", "docs"].map((server) => DEMANDS.atLeast(server))).toEqual([
      ["mcp"],
      ["files", "mcp"],
      ["mcp"],
    ]);
    expect(DEMANDS.all("docs")).toEqual(["docs", "mcp"]);
  });
});

test("scopes that include each other come to an end", () => {
  expect(included(["a"], { a: ["b"], b: ["c", "a"] })).toEqual(["a", "b", "c"]);
  expect(included(["toString"], {})).toEqual(["toString"]);
});

describe("what a credential leads to", () => {
  const who = (servers: readonly string[], tools: readonly string[]): Principal =>
    ({ tenant: "default", roles: [], source: "api-key", reach: { servers, tools } }) as unknown as Principal;
  const tool = (name: string) => ({ kind: "tool", name }) as const;

  test("is everything where nothing is confined", () => {
    expect(outOfReach({ tenant: "default", roles: [] } as unknown as Principal, "files", tool("x"))).toBe(
      false,
    );
    const sees = { tenant: "default", roles: ["viewer"] } as unknown as Principal;
    expect(outOfReach(sees, "files", tool("x"))).toBe(true);
    expect(reaches(who([], ["x"]), "files")).toBe(true);
  });

  test("is no more than it names", () => {
    const one = who(["files"], ["read_*"]);
    expect(reaches(one, "docs")).toBe(false);
    expect([reaches(one, "files"), reaches(one, "")]).toEqual([true, true]);
    expect(outOfReach(one, "files", tool("read_x"))).toBe(false);
    expect(outOfReach(one, "files", tool("write_x"))).toBe(true);
    expect(outOfReach(one, "docs", tool("read_x"))).toBe(true);
  });

  test("where tools are named is nothing else: no resource, no prompt, no method of another kind", () => {
    const one = who([], ["read_*"]);
    expect(outOfReach(one, "files", { kind: "resource", uri: "read_x" })).toBe(true);
    expect(outOfReach(one, "files", { kind: "prompt", name: "read_x" })).toBe(true);
    expect(outOfReach(one, "files", { kind: "none" })).toBe(true);
  });
});
