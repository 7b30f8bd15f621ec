import { describe, expect, test } from "vitest";
import type { Call } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import { argumentsFit } from "./arguments.ts";
import { schemaCheck } from "./schema.ts";

const check = await schemaCheck();
const SCHEMA: JsonObject = { type: "object", properties: { path: { type: "string" } } };

function said(args: JsonObject, schema: JsonObject | undefined) {
  const call: Call = {
    id: callId(0),
    at: 0,
    principal: { id: "ana", tenant: "t", roles: [], scopes: [], source: "anonymous" },
    client: undefined,
    era: "legacy",
    server: "s",
    method: "tools/call",
    target: { kind: "tool", name: "x" },
    args,
    meta: {},
    inexact: [],
  };
  return argumentsFit(() => schema, check).before?.(call);
}

describe("the argument check", () => {
  test("passes what fits", () => expect(said({ path: "a" }, SCHEMA)).toEqual({ kind: "pass" }));
  test("says that it did not look where there is no schema, or none it can check", () => {
    expect(said({ path: 5 }, undefined)).toEqual({ kind: "skip", why: "schema unknown" });
    expect(said({ path: 5 }, { type: "nonsense" })).toMatchObject({ kind: "skip" });
  });
  test.each([
    [{ path: 5 }, "/path"],
    [{ Path: "a" }, "/Path"],
    [{ path: "a", PATH: "b" }, "/PATH"],
    [{ a: 1, A: 2 }, "/A"],
  ])("stops %j", (args, path) => {
    expect(said(args, SCHEMA)).toMatchObject({
      kind: "stop",
      refusal: { cause: { kind: "argument", path } },
    });
  });
});
