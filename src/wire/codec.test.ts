import { isSpecType } from "@modelcontextprotocol/server";
import { describe, expect, test } from "vitest";
import { FAULTS, type FaultCode } from "../call/fault.ts";
import { toAnswer } from "./codec.ts";
import { CODECS } from "./codecs.ts";
import { applyEdits } from "./edit.ts";
import { META } from "./revision.ts";

describe("refusalResult", () => {
  test.each(["legacy", "modern"] as const)("is a tool result in the %s era", (era) => {
    const result = CODECS[era].refusalResult("BLOCKED: no.", {
      "dev.portcullis/decision": { effect: "deny" },
    });
    expect(result).toMatchObject({
      isError: true,
      content: [{ type: "text", text: "BLOCKED: no." }],
      _meta: { "dev.portcullis/decision": { effect: "deny" } },
    });
    expect(result["resultType"]).toBe(era === "modern" ? "complete" : undefined);
    expect(isSpecType.CallToolResult(result)).toBe(true);
  });
});

test("what is wrong with one request is in band for legacy clients and a status for modern ones", () => {
  for (const code of Object.keys(FAULTS) as FaultCode[]) {
    const inBand = code === "unknown-method" || code === "invalid-params" || code === "missing-capability";
    expect({ [code]: CODECS.legacy.status(code) }).toEqual({ [code]: inBand ? 200 : FAULTS[code].http });
    expect({ [code]: CODECS.modern.status(code) }).toEqual({ [code]: FAULTS[code].http });
  }
  expect(CODECS.modern.status("unknown-method")).toBe(404);
});

test("markPrivate keeps a filtered list out of shared caches, where the era has caches", () => {
  const result = { tools: [], ttlMs: 1000, cacheScope: "public" };
  expect(applyEdits(result, CODECS.modern.markPrivate(result))).toEqual({ ...result, cacheScope: "private" });
  expect(CODECS.modern.markPrivate({ tools: [], cacheScope: "private" })).toEqual([]);
  expect(CODECS.modern.markPrivate({ tools: [] })).toHaveLength(1);
  expect(CODECS.legacy.markPrivate(result)).toEqual([]);
});

test("envelope reads what the client says of itself", () => {
  const capabilities = { elicitation: {} };
  const client = { name: "c", version: "1", title: "C" };
  expect(CODECS.legacy.envelope({ protocolVersion: "2025-11-25", capabilities, clientInfo: client })).toEqual(
    {
      revision: "2025-11-25",
      client: { name: "c", version: "1" },
      capabilities,
    },
  );
  expect(
    CODECS.modern.envelope({
      _meta: {
        [META.revision]: "2026-07-28",
        [META.client_capabilities]: capabilities,
        [META.client_info]: { name: "c" },
      },
    }),
  ).toEqual({
    revision: "2026-07-28",
    client: { name: "c", version: "" },
    capabilities,
  });
  for (const era of ["legacy", "modern"] as const) {
    expect(CODECS[era].envelope({ clientInfo: "x", _meta: [1] })).toEqual({
      revision: undefined,
      client: undefined,
      capabilities: undefined,
    });
  }
});

test("toAnswer tells an end from what is said on the way", () => {
  expect(toAnswer({ kind: "result", id: 1, result: { a: 1 } })).toEqual({ kind: "result", result: { a: 1 } });
  expect(toAnswer({ kind: "error", id: null, code: 1, message: "m" })).toEqual({
    kind: "error",
    code: 1,
    message: "m",
  });
  expect(toAnswer({ kind: "error", id: 1, code: 1, message: "m", data: null })).toEqual({
    kind: "error",
    code: 1,
    message: "m",
    data: null,
  });
  expect(toAnswer({ kind: "request", id: 1, method: "roots/list", params: {} })).toEqual({
    kind: "aside",
    method: "roots/list",
    params: {},
  });
  expect(
    toAnswer({ kind: "notification", method: "notifications/progress", params: { progress: 1 } }),
  ).toMatchObject({ kind: "aside" });
});
