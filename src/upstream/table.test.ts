import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { JsonObject } from "../call/json.ts";
import { type Frame, frameOf, type RequestId } from "../wire/frame.ts";
import { Table } from "./table.ts";

const SUBSCRIPTION = "io.modelcontextprotocol/subscriptionId";
/** Few, so that they clash; the number and the string of one digit are two ids. */
const anyId: fc.Arbitrary<RequestId> = fc.constantFrom<RequestId[]>(0, 1, "1", "", "portcullis-1");
const anyRequest = fc.record({
  id: anyId,
  token: fc.option(anyId, { nil: undefined }),
  lasting: fc.boolean(),
});

function requestOf({
  id,
  token,
  lasting,
}: {
  id: RequestId;
  token: RequestId | undefined;
  lasting: boolean;
}): Frame {
  const params: JsonObject = token === undefined ? { x: 1 } : { x: 1, _meta: { progressToken: token } };
  return frameOf({ kind: "request", id, method: lasting ? "subscriptions/listen" : "tools/call", params });
}
function idOf({ message }: Frame): RequestId {
  if (message.kind !== "request") throw new TypeError("no request");
  return message.id;
}
const notice = (method: string, params: JsonObject): Frame =>
  frameOf({ kind: "notification", method, params });

/** What the server would say to a request as it saw it. */
function sayings(sent: Frame): {
  readonly answer: Frame;
  readonly progress: Frame | undefined;
  readonly tagged: Frame;
} {
  const id = idOf(sent);
  const meta =
    sent.message.kind === "request" ? (sent.message.params["_meta"] as JsonObject | undefined) : undefined;
  const progressToken = meta?.["progressToken"];
  const tag = { _meta: { [SUBSCRIPTION]: id } };
  return {
    answer: frameOf({ kind: "result", id, result: tag }),
    progress:
      progressToken === undefined
        ? undefined
        : notice("notifications/progress", { progressToken, progress: 1 }),
    tagged: notice("notifications/resources/updated", tag),
  };
}

describe("ids in one pipe", () => {
  it("whatever ids clients use, the server sees no two alike, and each hears its own under its own id", () => {
    fc.assert(
      fc.property(fc.array(anyRequest, { maxLength: 12 }), (requests) => {
        const table = new Table<number>(false);
        const open = requests.map((request, of) => ({
          request,
          of,
          ...table.open(requestOf(request), request.id, of),
        }));
        expect(new Set(open.map(({ frame }) => idOf(frame))).size).toBe(requests.length);
        for (const { request, of, row, frame } of open) {
          const { answer, progress, tagged } = sayings(frame);
          const heard = progress === undefined ? undefined : table.route(progress);
          expect(heard).toEqual(
            heard &&
              expect.objectContaining({
                kind: "beat",
                row: expect.objectContaining({ of }),
                frame: expect.objectContaining({
                  message: expect.objectContaining({ params: { progressToken: request.token, progress: 1 } }),
                }),
              }),
          );
          expect(table.route(tagged)).toMatchObject({
            kind: "beat",
            row: { of },
            frame: { message: { params: { _meta: { [SUBSCRIPTION]: request.id } } } },
          });
          const last = table.route(answer);
          expect(last).toMatchObject({
            kind: "answer",
            row: { of },
            frame: { message: { id: request.id, result: { _meta: { [SUBSCRIPTION]: request.id } } } },
          });
          table.shut(row, true);
          expect(table.route(answer)).toMatchObject({ kind: "nobody" });
        }
      }),
    );
  });

  it("nothing is changed where no two requests clash", () => {
    fc.assert(
      fc.property(fc.uniqueArray(anyRequest, { selector: ({ id }) => `${typeof id}${id}` }), (requests) => {
        const table = new Table<number>(false);
        for (const [of, request] of requests.entries()) {
          const came = requestOf({ ...request, token: undefined });
          const { frame } = table.open(came, request.id, of);
          expect(frame).toBe(came);
          const { answer } = sayings(frame);
          expect(table.route(answer)).toMatchObject({ kind: "answer", frame: answer });
        }
      }),
    );
  });

  it("an id that was given up is not used for another request before its answer came", () => {
    const table = new Table<string>(false);
    const call = requestOf({ id: 1, token: undefined, lasting: false });
    const first = table.open(call, 1, "first");
    table.shut(first.row, false);
    const second = table.open(call, 1, "second");
    expect(idOf(second.frame)).not.toBe(1);
    expect(table.route(sayings(first.frame).answer)).toMatchObject({ kind: "nobody" });
    expect(table.route(sayings(second.frame).answer)).toMatchObject({
      kind: "answer",
      row: { of: "second" },
    });
    table.shut(second.row, true);
    expect(idOf(table.open(call, 1, "third").frame)).toBe(1);
  });

  it("a cancellation names the newest request of its id, under the id that the server knows", () => {
    const table = new Table<string>(false);
    const call = requestOf({ id: 1, token: undefined, lasting: false });
    table.open(call, 1, "first");
    const { row } = table.open(call, 1, "second");
    const cancel = notice("notifications/cancelled", { requestId: 1, reason: "no" });
    const sent = table.cancel(cancel);
    expect(sent.row).toBe(row);
    expect(sent.frame.message).toMatchObject({
      params: { requestId: row.wire_id, reason: "no" },
    });
    expect(table.cancel(notice("notifications/cancelled", { requestId: "1" })).row).toBeUndefined();
  });

  it("a server's cancellation ends a subscription only", () => {
    const table = new Table<string>(false);
    const call = table.open(requestOf({ id: 1, token: undefined, lasting: false }), 1, "call");
    const lasting = table.open(requestOf({ id: 2, token: undefined, lasting: true }), 2, "subscription");
    expect(table.route(notice("notifications/cancelled", { requestId: 2 }))).toMatchObject({
      kind: "closing",
      row: lasting.row,
    });
    expect(table.route(notice("notifications/cancelled", { requestId: 1 }))).toMatchObject({ kind: "stray" });
    expect(table.likely()).toBe(call.row);
  });

  describe("where several clients share the pipe", () => {
    const shared = new Table<string>(true);
    const call = (id: number, token?: string): Frame => requestOf({ id, token, lasting: false });

    it("nothing is given to a request that may be about another", () => {
      const table = new Table<string>(true);
      const one = table.open(call(1, "p"), 1, "one");
      expect(table.likely()).toBe(one.row);
      for (const foreign of [
        notice("notifications/progress", { progressToken: "q", progress: 1 }),
        notice("notifications/of/our/own", { progressToken: "q" }),
        notice("notifications/tasks/status", { taskId: "t" }),
        notice("notifications/message", {
          _meta: { "io.modelcontextprotocol/related-task": { taskId: "t" } },
        }),
      ])
        expect(table.route(foreign)).toMatchObject({ kind: "nobody" });
      const two = table.open(call(2), 2, "two");
      expect(table.likely()).toBeUndefined();
      table.shut(two.row, true);
      expect(table.likely()).toBe(one.row);
      table.shut(table.open(call(3), 3, "three").row, false);
      expect(table.likely()).toBeUndefined();
    });

    it("progress of a request that was given up does not reach the next that uses its token", () => {
      const first = shared.open(call(1, "p"), 1, "first");
      shared.shut(first.row, false);
      const second = shared.open(call(2, "p"), 2, "second");
      const late = notice("notifications/progress", { progressToken: "p", progress: 9 });
      expect(shared.route(late)).toMatchObject({ kind: "nobody" });
      const { progress } = sayings(second.frame);
      expect(progress && shared.route(progress)).toMatchObject({
        kind: "beat",
        frame: { message: { params: { progressToken: "p" } } },
      });
    });
  });
});
