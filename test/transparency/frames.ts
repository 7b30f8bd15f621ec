import fc from "fast-check";
import {
  type Member,
  memberOf,
  objectText,
  spaceText,
  strangers,
  stringText,
  type Text,
  valueText,
} from "./json-text.ts";

/** A JSON-RPC message as text, and what a test must know of it. */
export interface Said {
  readonly text: string;
  /** The id as it is written; "" where there is none. */
  readonly id: string;
  readonly method: string;
}

const ENVELOPE: readonly (readonly [string, string])[] = [
  ["io.modelcontextprotocol/protocolVersion", '"2026-07-28"'],
  ["io.modelcontextprotocol/clientCapabilities", '{"elicitation":{},"x-odd":1.0}'],
];
/** What stands in `_meta` of a modern request, as text. */
export const MODERN_META = ENVELOPE.map(([key, value]) => `"${key}":${value}`).join(",");
/** The task that clients ask about. */
export const TASK = "t1";
const TOP = ["jsonrpc", "id", "method", "params", "result", "error"];
/** Methods that the gate knows and judges, one it filters, and ones that nobody knows. */
const METHODS = [
  "tools/call",
  "prompts/get",
  "resources/read",
  "completion/complete",
  "tasks/get",
  "tools/list",
  "prompts/list",
  "acme/launch",
  "x",
  "notifications/not-really",
];
const NOTICES = [
  "notifications/message",
  "notifications/progress",
  "notifications/tools/list_changed",
  "notifications/resources/updated",
  "notifications/acme",
];
/** What a server of the modern era may say outside a subscription; progress needs a token, or it is nobody's. */
const MODERN_ASIDES = ["notifications/message", "notifications/acme"];
const QUESTIONS = ["elicitation/create", "sampling/createMessage", "roots/list", "ping", "acme/ask"];

/** Integers and strings, some odd to look at. One is answered before the next is asked, so they need not differ. */
const idText: Text = fc.tuple(fc.nat(4), fc.nat(9_999), stringText).map(([sort, number, odd]) => {
  switch (sort) {
    case 0:
      return `${number}`;
    case 1:
      return `-${number}`;
    case 2:
      return `${number}.0`;
    case 3:
      return `"\\u0069d-${number}"`;
    default:
      return odd.length < 200 ? odd : '""';
  }
});

function fixed(key: string, text: string): [string, Text] {
  return [key, fc.constant(text)];
}

/** Members that must be there and any that nobody knows, in any order. */
function anyOrder(
  given: readonly (readonly [string, Text])[],
  rest: fc.Arbitrary<readonly Member[]>,
  space: Text,
): Text {
  return objectText(
    fc
      .tuple(fc.tuple(...given.map(([key, value]) => memberOf(key, value, space))), rest)
      .chain(([known, unknown]) => {
        const all = [...known, ...unknown];
        return fc.shuffledSubarray(all, { minLength: all.length, maxLength: all.length });
      }),
  );
}

/** Stands for the name of a tool or prompt, or of an item in a list, where the two sides know it by different ones. */
export const NAME = '"@name@"';

export interface Shape {
  /** Whether line breaks may stand between tokens. */
  readonly breaks: boolean;
  readonly era: "legacy" | "modern";
  /** What clients ask, and of what tool or prompt, as it is written. */
  readonly methods?: readonly string[];
  readonly name?: string;
}

/** Everything that may be said, as text. */
export function frames({ breaks, era, methods = METHODS, name = '"\\u0074ool"' }: Shape) {
  const space = spaceText(breaks);
  const value = valueText(space);
  const whole = (given: readonly (readonly [string, Text])[]): Text =>
    fc
      .tuple(
        space,
        anyOrder([fixed("jsonrpc", '"2.0"'), ...given], strangers(value, space, TOP, 3), space),
        space,
      )
      .map((parts) => parts.join(""));

  /** Names are strings, as they must be; everything beside them is anything. */
  const paramsOf = (
    meta: readonly (readonly [string, string])[],
    named: readonly (readonly [string, Text])[],
  ): Text => {
    const own = meta.map(([key, text]) => fixed(key, text));
    const metaText = anyOrder(
      own,
      strangers(value, space, ["progressToken", ...own.map(([key]) => key)], 2),
      space,
    );
    const all: readonly (readonly [string, Text])[] = [
      ...named,
      ...(own.length > 0 ? [["_meta", metaText] as const] : []),
    ];
    const taken = [
      "name",
      "uri",
      "taskId",
      "ref",
      "cursor",
      "_meta",
      "arguments",
      "requestId",
      "progressToken",
      "level",
      "notifications",
      "inputResponses",
      "requestState",
    ];
    return anyOrder(all, strangers(value, space, taken, 4), space);
  };
  const args = objectText(strangers(value, space, [], 4));
  const named = (method: string): readonly (readonly [string, Text])[] => {
    switch (method) {
      case "tools/call":
      case "prompts/get":
        return [fixed("name", name), ["arguments", args]];
      case "resources/read":
        return [fixed("uri", '"file:///a%20b"')];
      case "tasks/get":
        return [fixed("taskId", `"${TASK}"`)];
      case "completion/complete":
        return [fixed("ref", '{ "type":"ref/resource", "uri":"file:///{a}"}')];
      default:
        return [];
    }
  };

  const request = (of: readonly string[], envelope: boolean): fc.Arbitrary<Said> =>
    fc.tuple(fc.constantFrom(...of), idText).chain(([method, id]) => {
      const params = paramsOf(envelope ? ENVELOPE : [], named(method));
      return whole([fixed("id", id), fixed("method", JSON.stringify(method)), ["params", params]]).map(
        (text) => ({
          text,
          id,
          method,
        }),
      );
    });
  const notice = (of: readonly string[], envelope: boolean): fc.Arbitrary<Said> =>
    fc
      .constantFrom(...of)
      .chain((method) =>
        whole([
          fixed("method", JSON.stringify(method)),
          ["params", paramsOf(envelope ? ENVELOPE : [], [])],
        ]).map((text) => ({ text, id: "", method })),
      );
  const block = fc.oneof(
    value,
    anyOrder([["type", stringText]], strangers(value, space, ["type"], 3), space),
  );
  const result = anyOrder(
    [
      ["content", fc.array(block, { maxLength: 3 }).map((all) => `[${all.join(",")}]`)],
      ["resultType", stringText],
    ],
    strangers(value, space, ["content", "resultType", "tools", "prompts", "nextCursor"], 3),
    space,
  );
  const error = anyOrder(
    [
      ["code", fc.constantFrom("-32601", "-32000", "7", "1.0")],
      ["message", stringText],
      ["data", value],
    ],
    strangers(value, space, ["code", "message", "data"], 2),
    space,
  );
  /** An answer to whatever id it is given. */
  const answer: fc.Arbitrary<(id: string) => string> = fc
    .oneof(whole([fixed("id", "@id@"), ["result", result]]), whole([fixed("id", "@id@"), ["error", error]]))
    .map((text) => (id) => text.replace("@id@", () => id));

  return {
    request: request(methods, era === "modern"),
    notice: notice(NOTICES, era === "modern"),
    answer,
    /** An item of a list, which has a name and may have anything else. */
    item: anyOrder([fixed("name", NAME)], strangers(value, space, ["name", "inputSchema"], 4), space),
    /** What servers say unasked: requests with ids of their own in the legacy era, notices in both. */
    aside:
      era === "modern"
        ? notice(MODERN_ASIDES, false)
        : fc.oneof(notice(NOTICES, false), request(QUESTIONS, false)),
  };
}
