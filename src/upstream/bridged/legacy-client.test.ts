import { describe, expect, test } from "vitest";
import { acknowledge, answerOf, bridge, type Played, SERVER } from "../../../test/servers/played.ts";
import { META } from "../../wire/revision.ts";
import { refused } from "../failure.ts";

describe("a session", () => {
  test("begins with what the server discovers, in the revision that the client asks for", async () => {
    const { request, asked } = bridge();
    for (const [wanted, agreed] of [
      ["2024-11-05", "2024-11-05"],
      ["2025-06-18", "2025-06-18"],
      ["2099-01-01", "2025-11-25"],
    ] as const) {
      const begun = answerOf(await request("initialize", { protocolVersion: wanted, capabilities: {} }, 9));
      expect(begun).toMatchObject({ id: 9, result: { protocolVersion: agreed, capabilities: SERVER } });
    }
    expect(asked.at(-1)?.message).toMatchObject({ params: { _meta: { [META.revision]: "2026-07-28" } } });
  });

  test.each<[string, Played["discover"]]>([
    ["an error", ({ refuse }) => refuse(-32601)],
    ["another revision", ({ answer }) => answer({ supportedVersions: ["2027-01-01"] })],
    ["a refusal", ({ fail }) => fail(refused("files", 400))],
  ])("does not begin where the server says %s, and its era is found out again", async (_, discover) => {
    const server = bridge({ ...(discover !== undefined && { discover }) });
    await expect(server.request("initialize")).rejects.toMatchObject({ code: "upstream-refused" });
    expect(server.mistaken).toBe(1);
    await expect(server.request("tools/list")).rejects.toThrow("is over");
  });

  test("answers what is about itself without the server", async () => {
    const { begin, request, tell, asked, told } = bridge();
    await begin();
    expect(answerOf(await request("ping"))).toMatchObject({ result: {} });
    expect(answerOf(await request("logging/setLevel", { level: "loud" }))).toMatchObject({ code: -32602 });
    expect(answerOf(await request("tasks/list"))).toMatchObject({ code: -32601 });
    expect(answerOf(await request("server/discover"))).toMatchObject({ code: -32601 });
    await tell({ kind: "notification", method: "notifications/initialized", params: {} });
    await tell({ kind: "notification", method: "notifications/roots/list_changed", params: {} });
    expect([asked, told]).toEqual([[], []]);
    await tell({ kind: "notification", method: "notifications/com.example/x", params: {} });
    expect(told).toMatchObject([{ method: "notifications/com.example/x", params: { _meta: {} } }]);
  });

  test("has the server answer what the gate asks only to take as long as the server does", async () => {
    let discovered = 0;
    const { begin, request } = bridge({
      discover({ answer }) {
        discovered += 1;
        answer({ supportedVersions: ["2026-07-28"], capabilities: SERVER });
      },
    });
    await begin();
    expect(answerOf(await request("ping", {}, "portcullis:7"))).toMatchObject({
      id: "portcullis:7",
      result: {},
    });
    expect(discovered).toBe(2);
  });

  test("says that it cannot what its server cannot", async () => {
    const { begin, request, listen } = bridge({ capabilities: {} });
    await begin();
    expect(answerOf(await request("logging/setLevel", { level: "info" }))).toMatchObject({ code: -32601 });
    expect(answerOf(await request("resources/subscribe", { uri: "a" }))).toMatchObject({ code: -32601 });
    expect(await listen()).toBe("unsupported");
  });

  test("lets the level of its log ride on each request from then on", async () => {
    const { begin, request, server } = bridge();
    await begin();
    await request("logging/setLevel", { level: "notice" });
    void request("prompts/get", { name: "p" });
    expect((await server("prompts/get")).message.params).toMatchObject({
      _meta: { [META.log_level]: "notice" },
    });
  });

  test("takes nothing once it is closed, and ends what it was about", async () => {
    const { client, begin, request, listen, tell, server, asked } = bridge();
    await begin();
    const calling = request("tools/call", { name: "t" });
    const listening = listen();
    const call = await server("tools/call");
    const stream = await server("subscriptions/listen");
    await acknowledge(stream);
    await client.close();
    await expect(calling).rejects.toMatchObject({ code: "cancelled" });
    expect(await listening).toBe("ended");
    expect([call.signal.aborted, stream.signal.aborted, client.alive]).toEqual([true, true, false]);
    const before = asked.length;
    await expect(request("tools/list")).rejects.toThrow("is over");
    await expect(tell({ kind: "notification", method: "notifications/x", params: {} })).rejects.toThrow(
      "is over",
    );
    await expect(listen()).rejects.toThrow("is over");
    expect(asked).toHaveLength(before);
  });
});

describe("a call", () => {
  const TOOL = {
    name: "t",
    inputSchema: { type: "object", properties: { r: { type: "string", "x-mcp-header": "Region" } } },
    outputSchema: { anyOf: [{ type: "object" }] },
  };
  const call = { name: "t", arguments: { r: "eu" } };

  test("has the headers that its tool wants, from a list that is read once", async () => {
    const { begin, request, server, asked } = bridge({ tools: [TOOL] });
    await begin();
    const calls = [request("tools/call", call, 1), request("tools/call", call, 2)];
    for (const nth of [0, 1]) {
      const { headers, answer } = await server("tools/call", nth);
      expect(headers).toMatchObject({ "mcp-param-region": "eu" });
      answer({ resultType: "complete", structuredContent: { a: 1 } });
    }
    for (const [at, one] of (await Promise.all(calls)).entries())
      expect(answerOf(one)).toEqual({
        kind: "result",
        id: at + 1,
        result: { structuredContent: { result: { a: 1 } } },
      });
    expect(asked.filter(({ message }) => message.method === "tools/list")).toHaveLength(1);
  });

  test("whose headers are refused is asked again with a list that is read again, once", async () => {
    const { begin, request, server, asked } = bridge({ tools: [TOOL] });
    await begin();
    const calling = request("tools/call", call);
    const first = await server("tools/call");
    first.refuse(-32020);
    const second = await server("tools/call", 1);
    expect(second.message.id).not.toBe(first.message.id);
    expect(asked.filter(({ message }) => message.method === "tools/list")).toHaveLength(2);
    second.refuse(-32020);
    await expect(calling).rejects.toMatchObject({ code: "upstream-refused" });
  });

  test.each([
    [{ resultType: "task", taskId: "1" }, "upstream-garbled"],
    [{ resultType: 7 }, "upstream-garbled"],
    [{ resultType: "input_required" }, "upstream-garbled"],
    [
      {
        resultType: "input_required",
        inputRequests: { a: { method: "sampling/createMessage", params: { tools: [] } } },
      },
      "upstream-garbled",
    ],
  ])("that comes back with %j fails in a defined way", async (result, code) => {
    const { begin, request, server } = bridge();
    await begin();
    const calling = request("tools/call", { name: "t" });
    (await server("tools/call")).answer(result);
    await expect(calling).rejects.toMatchObject({ code });
  });

  test("may not come back with questions where the specification has none", async () => {
    const { begin, request, server } = bridge();
    await begin();
    const asking = request("completion/complete", {});
    (await server("completion/complete")).answer({ resultType: "input_required", requestState: "s" });
    await expect(asking).rejects.toMatchObject({ code: "upstream-garbled" });
  });

  test("to a server that does not speak the revision any more says so, and its era is found out again", async () => {
    const server = bridge();
    await server.begin();
    const asking = server.request("prompts/get", { name: "p" });
    (await server.server("prompts/get")).refuse(-32022, { supported: [], requested: "2026-07-28" });
    await expect(asking).rejects.toMatchObject({ code: "upstream-refused" });
    expect(server.mistaken).toBe(1);
  });

  test("hands on what comes on the way, but for what no server of that era may say", async () => {
    const { begin, request, server, heard } = bridge();
    await begin();
    const calling = request("prompts/get", { name: "p", _meta: { progressToken: "mine" } });
    const { says, answer, message } = await server("prompts/get");
    expect(message.params).toMatchObject({ _meta: { progressToken: "mine" } });
    await says("notifications/progress", { progressToken: "mine", progress: 1 });
    answer({ messages: [] });
    await calling;
    expect(heard).toMatchObject([{ method: "notifications/progress", params: { progressToken: "mine" } }]);
  });

  test("that the client takes back is taken back from the server; one that it leaves is not", async () => {
    const { begin, request, tell, server } = bridge();
    await begin();
    const calling = request("prompts/get", { name: "p" }, "1");
    const other = request("prompts/get", { name: "p" }, 1);
    const [first, second] = [await server("prompts/get"), await server("prompts/get", 1)];
    await tell({ kind: "notification", method: "notifications/cancelled", params: { requestId: "1" } });
    await expect(calling).rejects.toMatchObject({ code: "cancelled" });
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
    second.answer({ messages: [] });
    expect(answerOf(await other)).toMatchObject({ id: 1 });
  });
});
