import { describe, expect, test, vi } from "vitest";
import { answerOf, bridge, wordsOf } from "../../../../test/servers/played.ts";
import type { JsonObject } from "../../../call/json.ts";

describe("a question", () => {
  const form = { method: "elicitation/create", params: { message: "m", requestedSchema: {} } };
  const model = { method: "sampling/createMessage", params: { messages: [] } };
  const needs = (inputRequests: JsonObject, requestState = "s"): JsonObject => ({
    resultType: "input_required",
    inputRequests,
    requestState,
  });

  test("of each round reaches the client, and its answer goes back with the same request and the state", async () => {
    const { begin, request, server, question, tell } = bridge();
    await begin();
    const calling = request("tools/call", { name: "t", arguments: { n: 1 } });
    const first = await server("tools/call");
    first.answer(needs({ a: form, b: model }, "one"));
    const ids = [await question(0), await question(1)].map(({ id }) => id);
    await tell({ kind: "result", id: ids[1] ?? "", result: { role: "assistant" } });
    await tell({ kind: "result", id: ids[0] ?? "", result: { action: "accept" } });
    const second = await server("tools/call", 1);
    expect(second.message.id).not.toBe(first.message.id);
    expect(second.message.params).toMatchObject({
      name: "t",
      arguments: { n: 1 },
      requestState: "one",
      inputResponses: { a: { action: "accept" }, b: { role: "assistant" } },
    });
    second.answer({ resultType: "input_required", requestState: "two" });
    const third = await server("tools/call", 2);
    expect(third.message.params).toMatchObject({ requestState: "two" });
    expect(third.message.params).not.toHaveProperty("inputResponses");
    third.answer({ content: [] });
    expect(answerOf(await calling)).toEqual({ kind: "result", id: 1, result: { content: [] } });
    expect(new Set(ids).size).toBe(2);
    for (const id of ids) expect(String(id)).toMatch(/^portcullis:.{22}$/);
  });

  test("that the client answers with an error is called off where it can be", async () => {
    const { begin, request, server, question, tell } = bridge();
    await begin();
    void request("tools/call", { name: "t" });
    (await server("tools/call")).answer(needs({ a: form }));
    await tell({ kind: "error", id: (await question()).id, code: -1, message: "secret" });
    expect((await server("tools/call", 1)).message.params).toMatchObject({
      inputResponses: { a: { action: "cancel" } },
    });
  });

  test("may be answered by no more than goes into one message", async () => {
    const { begin, request, server, question, tell } = bridge();
    await begin();
    const calling = request("tools/call", { name: "t" });
    (await server("tools/call")).answer(needs({ a: form, b: form }));
    for (const nth of [0, 1]) {
      const content = { text: "x".repeat(2.5 * 1024 * 1024) };
      await tell({ kind: "result", id: (await question(nth)).id, result: { action: "accept", content } });
    }
    expect(await calling.catch(wordsOf)).toMatch(/^upstream-failed: .*more than 4194304 bytes/);
  });

  test("that cannot be called off ends the call, and the others are taken back", async () => {
    const { begin, request, server, question, tell, heard } = bridge();
    await begin();
    const calling = request("tools/call", { name: "t" });
    (await server("tools/call")).answer(needs({ a: model, b: form }));
    const [first, second] = [await question(0), await question(1)];
    await tell({ kind: "error", id: first.id, code: -1, message: "secret" });
    const fault = await calling.catch(wordsOf);
    expect(fault).toMatch(/^upstream-failed: .*sampling\/createMessage.*error -1/);
    expect(fault).not.toContain("secret");
    await vi.waitFor(() =>
      expect(heard.at(-1)).toMatchObject({
        method: "notifications/cancelled",
        params: { requestId: second.id },
      }),
    );
    // Nobody waits for it now.
    await tell({ kind: "result", id: second.id, result: { action: "accept" } });
  });

  test("is taken back when the call is, or the client is gone", async () => {
    for (const leave of ["tell", "over", "close"] as const) {
      const { begin, request, server, question, tell, heard, over, client } = bridge();
      await begin();
      const calling = request("tools/call", { name: "t" }, "mine");
      (await server("tools/call")).answer(needs({ a: form }));
      const { id } = await question();
      if (leave === "tell")
        await tell({
          kind: "notification",
          method: "notifications/cancelled",
          params: { requestId: "mine" },
        });
      else if (leave === "over") over.abort();
      else await client.close();
      await expect(calling).rejects.toMatchObject({ code: "cancelled" });
      expect(heard.at(-1)).toMatchObject({ method: "notifications/cancelled", params: { requestId: id } });
    }
  });

  test("may not come for ever", async () => {
    const { begin, request, server, question, tell } = bridge();
    await begin();
    const calling = request("tools/call", { name: "t" });
    for (let round = 0; round <= 8; round += 1) {
      (await server("tools/call", round)).answer(needs({ a: form }));
      if (round < 8)
        await tell({ kind: "result", id: (await question(round)).id, result: { action: "decline" } });
    }
    expect(await calling.catch(wordsOf)).toMatch(/^upstream-failed: .*after 8 rounds/);
  });

  test("that sends a person to a page is followed by word that they are done, once the server is", async () => {
    const page = {
      method: "elicitation/create",
      params: { mode: "url", url: "https://pay.example", message: "m" },
    };
    const { request, server, question, tell, heard } = bridge();
    await request(
      "initialize",
      { protocolVersion: "2025-11-25", capabilities: { elicitation: { url: {} } } },
      0,
    );
    const calling = request("tools/call", { name: "t" });
    (await server("tools/call")).answer(needs({ a: page }));
    const first = await question(0);
    await tell({ kind: "result", id: first.id, result: { action: "accept" } });
    (await server("tools/call", 1)).answer(needs({ a: page }));
    const second = await question(1);
    const { elicitationId } = first.params;
    expect(second.params["elicitationId"]).toBe(elicitationId);
    await tell({ kind: "result", id: second.id, result: { action: "accept" } });
    (await server("tools/call", 2)).answer({ content: [] });
    await calling;
    expect(heard.at(-1)).toMatchObject({
      method: "notifications/elicitation/complete",
      params: { elicitationId },
    });
    expect(heard.filter(({ kind }) => kind === "notification")).toHaveLength(1);
  });

  test("that nobody answers is given up after ten minutes", async () => {
    vi.useFakeTimers();
    try {
      const { begin, request, server, question, heard } = bridge();
      await begin();
      const calling = request("tools/call", { name: "t" }).catch(wordsOf);
      (await server("tools/call")).answer(needs({ a: form }));
      const { id } = await question();
      await vi.advanceTimersByTimeAsync(600_000);
      expect(heard.at(-1)).toMatchObject({ method: "notifications/cancelled", params: { requestId: id } });
      const second = await server("tools/call", 1);
      expect(second.message.params).toMatchObject({ inputResponses: { a: { action: "cancel" } } });
      second.answer(needs({ b: model }));
      await question(1);
      await vi.advanceTimersByTimeAsync(600_000);
      expect(await calling).toMatch(/^upstream-failed: .*no answer in 10 minutes/);
      expect(vi.getTimerCount()).toBe(0);
    } finally {
      vi.useRealTimers();
    }
  });
});
