import { isInputRequiredResult } from "@modelcontextprotocol/client";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { JsonObject } from "../../call/json.ts";
import { decode, DEFAULT_BOUNDS, frameOf } from "../frame.ts";
import {
  calledOff,
  inputOf,
  inputRequired,
  isAnswerable,
  isUnmet,
  neededFor,
  pagesIn,
  responseFrame,
  responseTo,
} from "./inputs.ts";

const asks = (method: string, params: JsonObject = {}) => frameOf({ kind: "request", id: 1, method, params });
const retry = (inputResponses: unknown) =>
  frameOf({
    kind: "request",
    id: 2,
    method: "tools/call",
    params: { inputResponses: inputResponses as JsonObject },
  });

test("a question that waits keeps no more than itself", () => {
  const frame = decode(
    Buffer.from(
      `{"jsonrpc":"2.0","id":1,"method":"roots/list","params":{"a":1},"more":"${"x".repeat(1e6)}"}`,
    ),
    DEFAULT_BOUNDS,
  );
  const { params } = inputOf("k", frame);
  expect(params?.toString()).toBe('{"a":1}');
  expect(params?.buffer.byteLength).toBeLessThan(1e5);
});

describe("what a client must have declared", () => {
  const of = (method: string, params: JsonObject = {}) => neededFor({ method, params }) ?? {};

  test.each([
    [of("elicitation/create"), { elicitation: {} }, false],
    [of("elicitation/create"), { elicitation: { form: {} } }, false],
    [of("elicitation/create"), { elicitation: { url: {} } }, true],
    [of("elicitation/create"), {}, true],
    [of("elicitation/create", { mode: "url" }), { elicitation: {} }, true],
    [of("elicitation/create", { mode: "url" }), { elicitation: { url: {} } }, false],
    [of("sampling/createMessage"), { sampling: {} }, false],
    [of("sampling/createMessage", { tools: [] }), { sampling: {} }, true],
    [of("sampling/createMessage", { tools: [] }), { sampling: { tools: {} } }, false],
    [of("roots/list"), { roots: {} }, false],
    [of("roots/list"), { sampling: {} }, true],
  ])("%j by %j: missing is %s", (needed, declared, missing) => {
    expect(isUnmet(needed, declared)).toBe(missing);
  });

  test("is nothing for what no client answers", () => {
    expect(neededFor({ method: "tasks/get", params: {} })).toBeUndefined();
    expect(["tools/call", "prompts/get", "resources/read", "tools/list"].map(isAnswerable)).toEqual([
      true,
      true,
      true,
      false,
    ]);
  });
});

describe("a question", () => {
  test("keeps the server's bytes, less what 2026-07-28 has no more", () => {
    const bytes = Buffer.from(
      '{"jsonrpc":"2.0","id":1,"method":"elicitation/create","params":{"mode":"url", "n":1.50,"elicitationId":"e","url":"https://a.example","message":"m","task":{},"_meta":{}}}',
    );
    const input = inputOf("k", decode(bytes, DEFAULT_BOUNDS));
    expect(input.params?.toString()).toBe('{"mode":"url", "n":1.50,"url":"https://a.example","message":"m"}');
    const { message } = inputRequired("mine", [input, inputOf("r", asks("roots/list"))], "state", {
      name: "s",
    });
    expect(message.kind === "result" && isInputRequiredResult(message.result)).toBe(true);
    expect(message).toMatchObject({
      id: "mine",
      result: {
        resultType: "input_required",
        requestState: "state",
        inputRequests: { k: { method: "elicitation/create" }, r: { method: "roots/list" } },
      },
    });
  });

  test("of an error are the pages that it sends a person to", () => {
    const error = (code: number, data: JsonObject) =>
      ({ kind: "error", id: 1, code, message: "no", data }) as const;
    const pages = {
      elicitations: [{ mode: "url", elicitationId: "e", url: "https://a.example" }, { mode: "url" }, 7],
    };
    expect(pagesIn(error(-32042, pages), () => "k").map(({ params }) => String(params))).toEqual([
      '{"mode":"url","message":"no","url":"https://a.example"}',
    ]);
    expect(pagesIn(error(-32000, pages), () => "k")).toEqual([]);
    expect(pagesIn(error(-32042, { elicitations: {} }), () => "k")).toEqual([]);
  });

  test("that nobody answers is called off in the words of its method", () => {
    expect(calledOff("e", "elicitation/create").message).toEqual({
      kind: "result",
      id: "e",
      result: { action: "cancel" },
    });
    expect(calledOff(0, "roots/list").message).toMatchObject({ kind: "error", id: 0, code: 499 });
  });
});

describe("an answer", () => {
  test.each([
    ["elicitation/create", { action: "decline" }, "given"],
    ["elicitation/create", { action: "accept", content: [] }, "wrong"],
    ["elicitation/create", [], "wrong"],
    [
      "sampling/createMessage",
      { role: "assistant", model: "m", content: { type: "text", text: "" } },
      "given",
    ],
    ["sampling/createMessage", { role: "assistant", content: {} }, "wrong"],
    ["roots/list", { roots: [] }, "given"],
    ["roots/list", { roots: {} }, "wrong"],
    ["other", {}, "wrong"],
  ])("to %s: %j is %s", (method, said, kind) => {
    expect(responseTo({ key: "k", method }, retry({ k: said })).kind).toBe(kind);
    expect(responseTo({ key: "other", method }, retry({ k: said })).kind).toBe("missing");
  });

  test("reaches the server in the client's bytes", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.oneof(fc.string(), fc.double(), fc.boolean())), (content) => {
        const said = responseTo(
          { key: "k", method: "elicitation/create" },
          retry({ k: { action: "accept", content } }),
        );
        if (said.kind !== "given") throw new Error(said.kind);
        const { message } = responseFrame("q", said.result);
        expect(message).toEqual({
          kind: "result",
          id: "q",
          result: JSON.parse(JSON.stringify({ action: "accept", content })),
        });
        expect(said.accepted).toBe(true);
      }),
    );
  });
});
