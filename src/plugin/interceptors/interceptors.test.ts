import { describe, expect, test } from "vitest";
import { double, Said } from "../../../test/servers/asked-double.ts";
import type { Json, JsonObject } from "../../call/json.ts";
import { leavesOf } from "../../detect/fields.ts";
import type { Whole } from "../../detect/outsider.ts";

const other = double();

interface Invoked {
  readonly name: string;
  readonly event: string;
  readonly phase: string;
  readonly payload: Json;
}
interface Message {
  readonly id?: number;
  readonly method: string;
  readonly params: Invoked;
}
type Server = Readonly<
  Record<string, { readonly card: object; readonly invoke: (said: Invoked) => unknown }>
>;

/** Speaks as an interceptor server does over Streamable HTTP, with sessions; `how` is how it writes an answer. */
function speaking(server: Server, how: (message: object) => unknown = (message) => message) {
  other.answer = (_, { id, method, params }: Message, headers) => {
    const result = (said: unknown): unknown => how({ jsonrpc: "2.0", id, result: said });
    switch (method) {
      case "initialize":
        return new Said(
          200,
          JSON.stringify({
            jsonrpc: "2.0",
            id,
            result: {
              protocolVersion: "2025-11-25",
              capabilities: { interceptor: {} },
              serverInfo: { name: "s", version: "1" },
            },
          }),
          {
            "content-type": "application/json",
            "mcp-session-id": "s1",
          },
        );
      case "notifications/initialized":
        return new Said(202, "");
      case "interceptors/list":
        if (headers["mcp-session-id"] !== "s1") return 400;
        return result({
          interceptors: Object.entries(server).map(([name, { card }]) => ({ name, ...card })),
        });
      default: {
        const { invoke } = server[params.name] ?? {};
        const { type } = (server[params.name]?.card ?? {}) as { readonly type?: string };
        return result({
          interceptor: params.name,
          type,
          phase: params.phase,
          ...(invoke?.(params) as object),
        });
      }
    }
  };
}
const hook = (events: readonly string[], phase = "both") => ({ hook: { events, phase } });
const validator = (more: object = {}) => ({ type: "validation", ...hook(["*"]), ...more });
const mutator = (more: object = {}) => ({ type: "mutation", ...hook(["*"]), ...more });

async function shown(payload: JsonObject, more: Partial<Whole> = {}) {
  const own = await other.asked("interceptors");
  const whole: Whole = { event: "tools/call", phase: "request", payload, root: 0, ...more };
  const { leaves } = leavesOf(payload, "argument");
  const looked = await own.look(leaves, () => whole);
  if (looked.kind !== "looked") return looked;
  return looked.sightings.map(({ leaf, found: { class: of, kind, score, span } }) =>
    [of, kind ?? "", score, leaves[leaf]?.text.slice(span.from, span.until) ?? ""].join(" | "),
  );
}
const invoked = () =>
  other.heard.flatMap(({ body }) => {
    const { method, params } = body as Message;
    return method === "interceptor/invoke" ? [params] : [];
  });
const CALL = { name: "send", arguments: { to: "ana@x.example", note: "all well" } };

describe("an interceptor server", () => {
  test("is greeted once, and asked with the whole message", async () => {
    speaking({ "deny/notes": { card: validator(), invoke: () => ({ valid: true }) } });
    const own = await other.asked("interceptors");
    const { leaves } = leavesOf(CALL, "argument");
    const whole = (): Whole => ({ event: "tools/call", phase: "request", payload: CALL, root: 0 });
    expect(await own.look(leaves, whole)).toMatchObject({ kind: "looked", sightings: [] });
    expect(await own.look(leaves, whole)).toMatchObject({ kind: "looked" });
    expect(other.heard.map(({ body }) => (body as Message).method)).toEqual([
      "initialize",
      "notifications/initialized",
      "interceptors/list",
      "interceptor/invoke",
      "interceptor/invoke",
    ]);
    expect(invoked()[0]).toEqual({
      name: "deny/notes",
      event: "tools/call",
      phase: "request",
      payload: CALL,
      timeoutMs: 5_000,
    });
    expect(other.heard[3]?.headers).toMatchObject({
      "mcp-session-id": "s1",
      "mcp-protocol-version": "2025-11-25",
      "x-key": "k1",
    });
  });

  test.each([
    ["JSON", (message: object) => message],
    [
      "a stream, behind another message",
      (message: object) =>
        new Said(
          200,
          `event: message\ndata: {"jsonrpc":"2.0","method":"notifications/message"}\n\ndata: ${JSON.stringify(message)}\n\n`,
          { "content-type": "text/event-stream" },
        ),
    ],
  ])("may answer in %s", async (_, how) => {
    speaking({ no: { card: validator(), invoke: () => ({ valid: false, severity: "error" }) } }, how);
    expect(await shown(CALL)).toEqual(["malformed | no | 1 | send"]);
  });

  test("that forgot its session is greeted again", async () => {
    speaking({ yes: { card: validator(), invoke: () => ({ valid: true }) } });
    const usual = other.answer;
    let lost = true;
    other.answer = (path, body, headers) => {
      if ((body as Message).method !== "interceptors/list" || !lost) return usual(path, body, headers);
      lost = false;
      return 404;
    };
    expect(await shown(CALL)).toEqual([]);
    expect(other.heard.filter(({ body }) => (body as Message).method === "initialize")).toHaveLength(2);
  });
});

describe("validators", () => {
  test("an error blocks where it says it is; a warning and an audit do not", async () => {
    const messages = [{ path: "params.arguments.note", message: "no", severity: "error" }];
    const refuse = () => ({ valid: false, severity: "error", messages });
    speaking({
      strict: { card: validator(), invoke: refuse },
      auditing: { card: validator({ mode: "audit" }), invoke: refuse },
      mild: { card: validator(), invoke: () => ({ valid: false, severity: "warn", messages: [] }) },
    });
    expect(await shown(CALL)).toEqual([
      "malformed | strict | 1 | all well",
      "malformed | auditing | 0.3 | all well",
      "malformed | mild | 0.4 | send",
    ]);
  });

  test("see a message without a text as well", async () => {
    speaking({ no: { card: validator(), invoke: () => ({ valid: false, severity: "error" }) } });
    expect(await shown({ arguments: { amount: 5_000 } })).toEqual(["malformed | no | 1 | "]);
    expect((await other.asked("interceptors")).whole).toBe(true);
  });

  test.each([
    [["tools/call"], "request", true],
    [["tools/*"], "both", true],
    [["*/request"], "both", true],
    [["*/response"], "both", false],
    [["tools/call"], "response", false],
    [["prompts/get", "tools/cal"], "both", false],
  ])("%j in phase %s hook into a call: %s", async (events, phase, asked) => {
    speaking({ one: { card: validator(hook(events, phase)), invoke: () => ({ valid: false }) } });
    const came = await shown(CALL);
    expect(Array.isArray(came) ? "looked" : came.kind).toBe(asked ? "looked" : "none");
  });
});

describe("mutators", () => {
  const replace = (from: string, to: string) => (said: Invoked) => {
    const text = JSON.stringify(said.payload);
    return { modified: text.includes(from), payload: JSON.parse(text.replaceAll(from, to)) as Json };
  };

  test("what they take out is masked, and what they would put there is not taken over", async () => {
    speaking({ redact: { card: mutator(), invoke: replace("ana@", "***@") } });
    expect(await shown(CALL)).toEqual(["pii | redacted | 1 | ana"]);
    const of = {
      guard: "own",
      class: "pii",
      severity: "high",
      score: 1,
      span: { from: 0, until: 1 },
      why: "x",
    } as const;
    expect((await other.asked("interceptors")).actionOf(of, { role: "argument" })).toBe("mask");
  });

  test("run one after the other by their hints; on the way out validators see what they made, on the way in what came", async () => {
    const server: Server = {
      b: { card: mutator({ priorityHint: { request: 1 } }), invoke: replace("[A]", "[B]") },
      a: { card: mutator({ priorityHint: -5 }), invoke: replace("ana", "[A]") },
      shadow: { card: mutator({ mode: "audit", priorityHint: 9 }), invoke: replace("well", "[W]") },
      check: { card: validator(), invoke: () => ({ valid: true }) },
    };
    speaking(server);
    await shown(CALL);
    expect(invoked().map(({ name }) => name)).toEqual(["a", "b", "shadow", "check"]);
    expect(invoked().at(-1)?.payload).toMatchObject({ arguments: { to: "[B]@x.example", note: "all well" } });
    other.heard.splice(0);
    expect(await shown(CALL, { phase: "response" })).toContain("pii | redacted | 0.3 | well");
    expect(invoked().map(({ name }) => name)).toEqual(["check", "a", "b", "shadow"]);
    expect(invoked()[0]?.payload).toEqual(CALL);
  });

  test.each([
    ["put in a member", { ...CALL, added: true }],
    ["changed a number", { ...CALL, arguments: { ...CALL.arguments, note: 7 } }],
    ["took a member away", { name: "send" }],
  ])("one that %s has done what cannot be done here", async (_, payload) => {
    speaking({ odd: { card: mutator(), invoke: () => ({ modified: true, payload }) } });
    expect(await shown(CALL)).toEqual({ kind: "missed", why: expect.stringContaining("what is no text") });
  });

  test("a part of a message is shown by itself", async () => {
    speaking({ redact: { card: mutator(), invoke: replace("ana", "x") } });
    const own = await other.asked("interceptors");
    const answer = { action: "accept", content: { to: "ana" } };
    const { leaves } = leavesOf({ inputResponses: { answer } }, "argument");
    const whole: Whole = { event: "elicitation/create", phase: "response", payload: answer, root: 2 };
    expect(await own.look(leaves, () => whole)).toMatchObject({ sightings: [{ leaf: 1 }] });
    expect(invoked()[0]?.payload).toEqual(answer);
  });
});

describe("a server has not looked that", () => {
  const failing = (code: number) => (message: object) => {
    const { id, result } = message as { id: number; result: object };
    return "interceptors" in result ? message : { jsonrpc: "2.0", id, error: { code, message: "crashed" } };
  };
  test.each([
    ["lists no interceptor", {}, undefined, "it lists no interceptor"],
    [
      "lists only what is not known here",
      { a: { card: { type: "sink", ...hook(["*"]) }, invoke: () => ({}) } },
      undefined,
      "it lists no interceptor",
    ],
    [
      "lists a validator that cannot be read beside one that can",
      {
        a: { card: validator(), invoke: () => ({ valid: true }) },
        b: { card: { ...validator(), mode: "strict" }, invoke: () => ({ valid: false }) },
      },
      undefined,
      "an interceptor of its list",
    ],
    ["fails", { a: { card: validator(), invoke: () => ({}) } }, failing(-32603), "error -32603"],
    [
      "gives no validation",
      { a: { card: validator(), invoke: () => ({ ok: 1 }) } },
      undefined,
      "no validation",
    ],
    ["gives no mutation", { a: { card: mutator(), invoke: () => ({ ok: 1 }) } }, undefined, "no mutation"],
  ])("%s", async (_, server, how, why) => {
    speaking(server, how);
    expect(await shown(CALL)).toEqual({ kind: "missed", why: expect.stringContaining(why) });
  });

  test("is asked about a text without its message", async () => {
    speaking({ a: { card: validator(), invoke: () => ({ valid: true }) } });
    const own = await other.asked("interceptors");
    expect(await own.look(leavesOf(CALL, "argument").leaves)).toMatchObject({ kind: "missed" });
  });
});
