import { classifyInboundRequest } from "@modelcontextprotocol/server";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { FAULTS } from "../call/fault.ts";
import { classify, LADDER, type Classified } from "./era.ts";
import { decode, decodeBatch, DEFAULT_BOUNDS } from "./frame.ts";
import { MODERN_REVISIONS } from "./revision.ts";

const VERSION = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES = "io.modelcontextprotocol/clientCapabilities";
const CLIENT = "io.modelcontextprotocol/clientInfo";
const ENVELOPE = { [VERSION]: "2026-07-28", [CAPABILITIES]: {}, [CLIENT]: { name: "c", version: "1" } };

function of(body: unknown, headers: Record<string, string> = {}): Classified {
  const bytes = Buffer.from(JSON.stringify(body));
  const batch = decodeBatch(bytes, DEFAULT_BOUNDS);
  return classify({ frames: batch ?? [decode(bytes, DEFAULT_BOUNDS)], batch: batch !== undefined, headers });
}
const request = (params?: unknown, method = "tools/call") => ({ jsonrpc: "2.0", id: 1, method, params });
const refusal = (classified: Classified): unknown =>
  classified.kind === "refused"
    ? { rung: classified.rung, ...FAULTS[classified.fault.code], data: classified.fault.data }
    : classified;

describe("classify", () => {
  test("a claim in the body makes an exchange modern", () => {
    expect(
      of(request({ name: "x", _meta: ENVELOPE }), {
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
      }),
    ).toEqual({
      kind: "modern",
      revision: "2026-07-28",
      client: { name: "c", version: "1" },
      capabilities: {},
    });
    expect(of(request({ _meta: ENVELOPE }, "initialize")).kind).toBe("modern");
    expect(
      of({ jsonrpc: "2.0", method: "notifications/cancelled" }, { "mcp-protocol-version": "2026-07-28" }),
    ).toEqual({
      kind: "modern",
      revision: "2026-07-28",
      client: undefined,
      capabilities: {},
    });
  });

  test("what claims nothing is legacy", () => {
    const params = {
      protocolVersion: "2025-11-25",
      capabilities: {},
      clientInfo: { name: "c", version: "1" },
    };
    expect(of(request(params, "initialize"))).toEqual({
      kind: "legacy",
      reason: "initialize",
      revision: "2025-11-25",
      client: { name: "c", version: "1" },
    });
    expect(
      of(request({ name: "x", _meta: { progressToken: 1 } }), { "mcp-protocol-version": " 2025-06-18\t" }),
    ).toEqual({
      kind: "legacy",
      reason: "no-claim",
      revision: "2025-06-18",
      client: undefined,
    });
    expect(of({ jsonrpc: "2.0", method: "notifications/initialized" })).toMatchObject({
      reason: "notification",
    });
    expect(of({ jsonrpc: "2.0", id: 1, result: {} })).toMatchObject({ reason: "response" });
    expect(of([request({}), { jsonrpc: "2.0", id: 1, result: {} }])).toMatchObject({ reason: "batch" });
  });

  test.each([
    [
      "modern header, no envelope",
      request(),
      { "mcp-protocol-version": "2026-07-28" },
      "modern-header-without-claim",
      -32602,
      { envelope: { missing: ["_meta"] } },
    ],
    [
      "modern header, envelope without claim",
      request({ _meta: { [CAPABILITIES]: {} } }),
      { "mcp-protocol-version": "2026-07-28" },
      "modern-header-without-claim",
      -32602,
      { envelope: { missing: [VERSION] } },
    ],
    [
      "no client capabilities",
      request({ _meta: { [VERSION]: "2026-07-28" } }),
      {},
      "envelope",
      -32602,
      { envelope: { missing: [CAPABILITIES] } },
    ],
    [
      "claim that is no text",
      request({ _meta: { ...ENVELOPE, [VERSION]: 1 } }),
      {},
      "envelope",
      -32602,
      { envelope: { missing: [VERSION] } },
    ],
    [
      "unknown revision",
      request({ _meta: { ...ENVELOPE, [VERSION]: "2099-01-01" } }),
      {},
      "claim",
      -32022,
      { supported: MODERN_REVISIONS, requested: "2099-01-01" },
    ],
    [
      "legacy revision in the envelope",
      request({ _meta: { ...ENVELOPE, [VERSION]: "2025-11-25" } }),
      {},
      "claim",
      -32022,
      { supported: MODERN_REVISIONS, requested: "2025-11-25" },
    ],
    [
      "batch with a modern element",
      [request({}), request({ _meta: ENVELOPE })],
      {},
      "batch-with-modern-element",
      -32600,
      undefined,
    ],
    ["empty batch", [], {}, "batch-empty", -32600, undefined],
  ] as const)("refuses: %s", (_name, body, headers, rung, rpc, data) => {
    expect(refusal(of(body, headers))).toEqual({ rung, rpc, http: 400, data });
  });

  test.each([
    ["version", request({ _meta: ENVELOPE }), { "mcp-protocol-version": "2025-11-25" }, "version-header"],
    [
      "method",
      request({ _meta: ENVELOPE }),
      { "mcp-protocol-version": "2026-07-28", "mcp-method": "tools/list" },
      "method-header",
    ],
    [
      "initialize",
      request({ protocolVersion: "2025-11-25" }, "initialize"),
      { "mcp-protocol-version": "2026-07-28" },
      "initialize",
    ],
  ] as const)("refuses a header that disagrees: %s", (_name, body, headers, rung) => {
    expect(refusal(of(body, headers))).toMatchObject({ rung, rpc: -32020, http: 400 });
  });

  test("names each rung once, so that a log line leads to one", () => {
    expect(new Set(LADDER.map(({ name }) => name)).size).toBe(LADDER.length);
  });

  test("agrees with the SDK's classifier and the revision gate after it", () => {
    const version = fc.constantFrom("2026-07-28", "2025-11-25", "2025-03-26", "2099-01-01");
    const meta = fc.record(
      {
        [VERSION]: fc.oneof({ weight: 4, arbitrary: version }, fc.constant(7)),
        [CAPABILITIES]: fc.constantFrom<unknown>({}, { elicitation: {} }, "none"),
        [CLIENT]: fc.constant({ name: "c", version: "1" }),
        progressToken: fc.nat(),
      },
      { requiredKeys: [] },
    );
    const params = fc.record(
      { name: fc.constant("x"), protocolVersion: version, _meta: meta },
      { requiredKeys: [] },
    );
    const method = fc.constantFrom("initialize", "tools/call", "ping", "notifications/cancelled");
    const message = fc.oneof(
      {
        weight: 5,
        arbitrary: fc.record(
          { jsonrpc: fc.constant("2.0"), id: fc.constant(1), method, params },
          { requiredKeys: ["jsonrpc", "method"] },
        ),
      },
      fc.constantFrom<unknown>(
        { jsonrpc: "2.0", id: 1, result: {} },
        { jsonrpc: "2.0", id: 1, error: { code: 1, message: "" } },
      ),
    );
    const headers = fc.record(
      { "mcp-protocol-version": version, "mcp-method": method },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(
        fc.oneof({ weight: 4, arbitrary: message }, fc.array(message, { maxLength: 3 })),
        headers,
        (body, given) => {
          const sdk = classifyInboundRequest({
            httpMethod: "POST",
            body: JSON.parse(JSON.stringify(body)) as unknown,
            ...(given["mcp-protocol-version"] === undefined
              ? {}
              : { protocolVersionHeader: given["mcp-protocol-version"] }),
            ...(given["mcp-method"] === undefined ? {} : { mcpMethodHeader: given["mcp-method"] }),
          });
          const wanted =
            sdk.kind === "reject"
              ? { refused: sdk.code, http: sdk.httpStatus }
              : sdk.kind === "legacy"
                ? {
                    legacy: sdk.reason,
                    revision:
                      sdk.reason === "batch" || sdk.reason === "response" ? undefined : sdk.requestedVersion,
                  }
                : sdk.classification.revision === "2026-07-28"
                  ? { modern: "2026-07-28" }
                  : { refused: -32022, http: 400 };
          const ours = of(body, given);
          // a notification that claims a revision nobody serves and names another method is refused by both, in another order
          fc.pre(
            !(
              sdk.kind === "modern" &&
              sdk.messageKind === "notification" &&
              ours.kind === "refused" &&
              ours.rung === "method-header"
            ),
          );
          const got =
            ours.kind === "refused"
              ? { refused: FAULTS[ours.fault.code].rpc, http: FAULTS[ours.fault.code].http }
              : ours.kind === "legacy"
                ? {
                    legacy: ours.reason,
                    revision:
                      ours.reason === "batch" || ours.reason === "response" ? undefined : ours.revision,
                  }
                : { modern: ours.revision };
          expect(got).toEqual(wanted);
        },
      ),
      { numRuns: 3000 },
    );
  });
});
