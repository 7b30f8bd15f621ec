import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import {
  acknowledge,
  answerOf,
  type Asked,
  bridge,
  tagged,
  wordsOf,
} from "../../../../test/servers/played.ts";
import { gone } from "../../failure.ts";

describe("what a session follows", () => {
  const UPDATED = "notifications/resources/updated";
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());
  const ids = (asked: readonly Asked[]): unknown[] =>
    asked
      .filter(({ message }) => message.method === "subscriptions/listen")
      .map(({ message }) => message.params["notifications"]);

  test("is one subscription, asked anew with each change and ended after the next is there", async () => {
    const { begin, request, listen, server, asked } = bridge();
    await begin();
    const listening = listen().catch(wordsOf);
    const first = await server("subscriptions/listen");
    await acknowledge(first);
    const following = request("resources/subscribe", { uri: "a" });
    const second = await server("subscriptions/listen", 1);
    expect(first.signal.aborted).toBe(false);
    await acknowledge(second);
    expect(answerOf(await following)).toMatchObject({ result: {} });
    await vi.advanceTimersByTimeAsync(1000);
    expect([first.signal.aborted, second.signal.aborted]).toEqual([true, false]);
    const leaving = request("resources/unsubscribe", { uri: "a" });
    await acknowledge(await server("subscriptions/listen", 2));
    expect(answerOf(await leaving)).toMatchObject({ result: {} });
    const lists = { toolsListChanged: true, promptsListChanged: true };
    expect(ids(asked)).toEqual([lists, { ...lists, resourceSubscriptions: ["a"] }, lists]);
    void listening;
  });

  test("is told once while two subscriptions tell it, and without a name that the client does not know", async () => {
    const { begin, request, listen, server, heard } = bridge();
    await begin();
    void listen().catch(wordsOf);
    await acknowledge(await server("subscriptions/listen"));
    void request("resources/subscribe", { uri: "a" });
    const first = await server("subscriptions/listen", 1);
    await acknowledge(first);
    await vi.advanceTimersByTimeAsync(1000);
    void request("resources/subscribe", { uri: "b" });
    const second = await server("subscriptions/listen", 2);
    const say = ({ message, says }: Asked, uri: string): void =>
      void says(UPDATED, tagged(message.id, { uri }));
    say(first, "a"); // before the server knows of the next one
    await acknowledge(second);
    say(first, "a"); // on its way when the next one was acknowledged
    say(second, "a");
    say(first, "a");
    say(second, "b");
    await vi.advanceTimersByTimeAsync(1000);
    say(second, "a");
    say(second, "c"); // below what is followed, for all the gate knows
    expect(heard.map((message) => ("params" in message ? message.params : {}))).toEqual(
      ["a", "a", "a", "b", "a", "c"].map((uri) => ({ uri })),
    );
  });

  test("keeps the last subscription open while the next one owes what it told", async () => {
    const { begin, request, server, heard } = bridge();
    await begin();
    void request("resources/subscribe", { uri: "a" });
    const first = await server("subscriptions/listen");
    await acknowledge(first);
    void request("resources/subscribe", { uri: "b" });
    const second = await server("subscriptions/listen", 1);
    await acknowledge(second);
    await vi.advanceTimersByTimeAsync(150);
    void first.says(UPDATED, tagged(first.message.id, { uri: "a" }));
    await vi.advanceTimersByTimeAsync(100);
    expect(first.signal.aborted).toBe(false);
    void second.says(UPDATED, tagged(second.message.id, { uri: "a" }));
    await vi.advanceTimersByTimeAsync(200);
    expect(first.signal.aborted).toBe(true);
    expect(heard).toEqual([]); // it waits for a stream
  });

  test("waits where no stream is open for it", async () => {
    const { begin, request, listen, server, heard } = bridge();
    await begin();
    const following = request("resources/subscribe", { uri: "a" });
    const { message, says } = await server("subscriptions/listen").then(async (one) => {
      await acknowledge(one);
      return one;
    });
    await following;
    await says(UPDATED, tagged(message.id, { uri: "a" }));
    expect(heard).toEqual([]);
    void listen().catch(wordsOf);
    expect(heard).toMatchObject([{ method: UPDATED, params: { uri: "a" } }]);
  });

  test("is no resource that the server does not tell of, nor one more than a session may have", async () => {
    const { begin, request, server } = bridge();
    await begin();
    const refusing = request("resources/subscribe", { uri: "a" });
    const first = await server("subscriptions/listen");
    await first.says(
      "notifications/subscriptions/acknowledged",
      tagged(first.message.id, { notifications: {} }),
    );
    expect(answerOf(await refusing)).toMatchObject({ code: -32602 });
    const failing = request("resources/subscribe", { uri: "b" });
    (await server("subscriptions/listen", 1)).refuse(-32603);
    await expect(failing).rejects.toMatchObject({ code: "upstream-refused" });
    const silent = request("resources/subscribe", { uri: "c" }).catch(wordsOf);
    await server("subscriptions/listen", 2);
    await vi.advanceTimersByTimeAsync(1000);
    expect(await silent).toMatch(/^upstream-timeout/);
  });

  test("counts as changed after a time in which nobody told, which does not last where it need not", async () => {
    const { begin, request, listen, server, heard, client } = bridge();
    await begin();
    void listen().catch(wordsOf);
    await acknowledge(await server("subscriptions/listen"));
    const following = request("resources/subscribe", { uri: "a" });
    const lost = await server("subscriptions/listen", 1);
    await acknowledge(lost);
    await following;
    lost.fail(gone("files", "it broke off"));
    await vi.advanceTimersByTimeAsync(600);
    (await server("subscriptions/listen", 2)).fail(gone("files", "still"));
    await vi.advanceTimersByTimeAsync(1200);
    expect(heard).toEqual([]);
    await acknowledge(await server("subscriptions/listen", 3));
    await vi.advanceTimersByTimeAsync(0);
    expect(heard.map((message) => ("method" in message ? message.method : ""))).toEqual([
      "notifications/tools/list_changed",
      "notifications/prompts/list_changed",
      UPDATED,
    ]);
    await client.close();
    expect(vi.getTimerCount()).toBe(0);
  });

  test("is given up where it never comes, and its client's stream ends", async () => {
    const { begin, listen, asked } = bridge();
    await begin();
    const listening = listen();
    for (let tries = 0; tries < 20; tries += 1) {
      for (const { message, fail } of asked)
        if (message.method === "subscriptions/listen") fail(gone("files", "no"));
      await vi.advanceTimersByTimeAsync(31_000);
    }
    expect(await listening).toBe("ended");
    expect(ids(asked)).toHaveLength(9);
  });
});
