import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { spaceText, strangers, valueText } from "../../../test/transparency/json-text.ts";
import type { Json, JsonObject } from "../../call/json.ts";
import { decode, DEFAULT_BOUNDS, type Frame } from "../frame.ts";
import { sliceAt } from "../slice.ts";
import { asRequest, requiredBy } from "./questions.ts";

const space = spaceText(true);
const read = (text: string): Frame => decode(Buffer.from(text), DEFAULT_BOUNDS);
const required = (inputRequests: string, more = ""): Frame =>
  read(
    `{"jsonrpc":"2.0","id":1,"result":{"resultType":"input_required","inputRequests":${inputRequests}${more}}}`,
  );
const ALL: JsonObject = { elicitation: { form: {}, url: {} }, sampling: { tools: {} }, roots: {} };
const whyOf = (frame: Frame, capabilities: JsonObject = ALL): string => {
  const read = requiredBy(frame, capabilities);
  return read.kind === "unfit" ? read.why : read.kind;
};

test("a question is put to the client in the server's own bytes", () => {
  const members = strangers(valueText(space), space, ["mode", "url", "_meta", "elicitationId"], 5);
  fc.assert(
    fc.property(members, (own) => {
      const params = `{${own.map(({ text }) => text).join(",")}}`;
      const asked = requiredBy(required(`{"q":{"params":${params},"method":"sampling/createMessage"}}`), ALL);
      if (asked.kind !== "asked" || asked.questions[0] === undefined) throw new Error("not asked");
      const frame = asRequest(asked.questions[0], "ours", "unused");
      expect(frame.message).toMatchObject({ kind: "request", id: "ours", method: "sampling/createMessage" });
      expect(sliceAt(frame.bytes, ["params"])?.toString()).toBe(params);
    }),
  );
});

test("a page to visit gets the id that 2025-11-25 wants, which is the one its end will be told by", () => {
  const page = (more: string): Frame =>
    required(
      `{"q":{"method":"elicitation/create","params":{"mode":"url","url":"https://x.example","message":"m"${more}}}}`,
    );
  for (const [more, id] of [
    ["", "made"],
    [',"elicitationId":"own"', "made"],
  ] as const) {
    const asked = requiredBy(page(more), ALL);
    if (asked.kind !== "asked" || asked.questions[0] === undefined) throw new Error("not asked");
    expect(asRequest(asked.questions[0], 1, "made").message).toMatchObject({
      params: { mode: "url", url: "https://x.example", elicitationId: id },
    });
  }
});

describe("nothing is asked", () => {
  const form: Json = { method: "elicitation/create", params: { message: "m", requestedSchema: {} } };
  const asks = (...questions: Json[]): Frame => required(JSON.stringify(Object.assign({}, questions)));

  test.each<[string, Frame, JsonObject]>([
    ["elicitation", asks(form), {}],
    ["elicitation", asks(form), { elicitation: { url: {} } }],
    [
      "elicitation",
      asks({ method: "elicitation/create", params: { mode: "url", url: "x" } }),
      { elicitation: {} },
    ],
    ["sampling", asks({ method: "sampling/createMessage", params: {} }), { elicitation: {} }],
    ["sampling", asks({ method: "sampling/createMessage", params: { tools: [] } }), { sampling: {} }],
    ["roots", asks({ method: "roots/list" }), { sampling: {} }],
  ])("of a client that did not declare %s", (_, frame, capabilities) => {
    expect(whyOf(frame, capabilities)).toContain("did not declare");
  });

  test("where what is asked is no question", () => {
    expect(whyOf(required("{}"))).toContain("asks nothing");
    expect(whyOf(required("[1]"))).toContain("no object");
    expect(whyOf(required("{}", ',"requestState":1'))).toContain("no string");
    expect(whyOf(asks({ method: "tools/call", params: {} }))).toContain("no client can answer");
    expect(whyOf(asks({ method: "sampling/createMessage" }))).toContain("no `params`");
    expect(whyOf(asks(...Array.from({ length: 33 }, () => form)))).toContain("more than 32");
  });

  test("and yet it is put off, where there is only a state", () => {
    expect(requiredBy(required("{}", ',"requestState":"s"'), {})).toEqual({
      kind: "asked",
      questions: [],
      state: "s",
    });
  });
});
