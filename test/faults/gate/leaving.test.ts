// Clients that leave in the middle of a call, or take it back.
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder, type RunningGate, startGate } from "../../gate/running.ts";
import { until } from "../../servers/talk.ts";
import { startUnrulyHttp, type UnrulyHttp } from "../../servers/unruly-http.ts";
import { modern, readUntil, session, words } from "./client.ts";
import { allowAll, journalOf, lastOf, records, unruly } from "./setting.ts";

let http: UnrulyHttp;
let gate: RunningGate;
beforeAll(async () => {
  http = await startUnrulyHttp();
  gate = await startGate(
    allowAll({ http: { url: http.url, timeout_ms: 30_000 }, stdio: { ...unruly(), timeout_ms: 30_000 } }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  await http.close();
  removeFolder(gate.folder);
});

const cancelled = (requestId: unknown): object => ({
  jsonrpc: "2.0",
  method: "notifications/cancelled",
  params: { requestId },
});
const seen = (words: string): number => http.seen.filter(({ body }) => body.includes(words)).length;
const lastEventId = (text: string): string =>
  /^id: ?(.*)$/gm.exec(text.slice(text.lastIndexOf("id:")))?.[1] ?? "";

describe("a legacy client that disconnects", () => {
  test("has not cancelled: the call runs on and is recorded ok", async () => {
    const client = await session(`${gate.url}/stdio`);
    const leaving = new AbortController();
    const message = client.calling("progress", { n: 5 });
    const response = await client.post(
      {
        ...message,
        params: { ...("params" in message && (message.params as object)), _meta: { progressToken: 1 } },
      },
      leaving.signal,
    );
    await readUntil(response, '"progress":1');
    leaving.abort();
    await expect.poll(() => lastOf(gate.folder, "progress")).toBe("ok");
    expect(JSON.parse(words(await client.call("cancelled")))).toEqual([]);
  });

  test("comes back with Last-Event-ID and has the rest, once", async () => {
    const client = await session(`${gate.url}/stdio`);
    const leaving = new AbortController();
    const message = client.calling("progress", { n: 5 });
    const response = await client.post(
      {
        ...message,
        params: { ...("params" in message && (message.params as object)), _meta: { progressToken: 1 } },
      },
      leaving.signal,
    );
    const first = await readUntil(response, '"progress":2');
    leaving.abort();
    const rest = await (await client.get({ "last-event-id": lastEventId(first) })).text();
    const all = `${first}${rest}`;
    expect([...all.matchAll(/"progress":(\d)/g)].map(([, n]) => n)).toEqual(["1", "2", "3", "4", "5"]);
    expect(all.match(/"done"/g)).toHaveLength(1);
    // Also when all is over.
    const again = await (await client.get({ "last-event-id": lastEventId(first) })).text();
    expect(again).toBe(rest);
  });

  test("is answered by nobody but its own session: another one resumes nothing", async () => {
    const [client, other] = [await session(`${gate.url}/http`), await session(`${gate.url}/http`)];
    const leaving = new AbortController();
    const response = await client.post(client.calling("sse-slow"), leaving.signal);
    const first = await readUntil(response, "progress");
    leaving.abort();
    const stolen = await (await other.get({ "last-event-id": lastEventId(first) })).text();
    expect(stolen).not.toContain('"slow"');
    const rest = await (await client.get({ "last-event-id": lastEventId(first) })).text();
    expect(rest).toContain('"slow"');
  });

  test("a server that ends the stream early: the answer comes with the client's return and is concluded then", async () => {
    const client = await session(`${gate.url}/http`);
    const message = { ...client.calling("sse-cut-id"), id: 1 };
    const first = await (await client.post(message)).text();
    expect(await lastOf(gate.folder, "sse-cut-id")).toBe("open");
    const rest = await (await client.get({ "last-event-id": lastEventId(first) })).text();
    expect(rest).toContain("resumed after e1");
    await expect.poll(() => lastOf(gate.folder, "sse-cut-id")).toBe("ok");
  });

  test("whose session ends before it comes back: the call is unknown", async () => {
    const client = await session(`${gate.url}/http`);
    await client.say({ ...client.calling("sse-cut-id"), id: 1 });
    expect(await client.end()).toBe(200);
    await expect.poll(() => lastOf(gate.folder, "sse-cut-id")).toBe("unknown detached");
  });
});

describe("a modern client that disconnects", () => {
  test.each(["hang", "sse-silent", "sse-slow"])(
    "has cancelled %s: the server sees it at once",
    async (tool) => {
      const client = modern(`${gate.url}/http`);
      const leaving = new AbortController();
      const before = http.broken_off();
      const posting = client.post(client.calling(tool), leaving.signal).catch(() => undefined);
      await until(() => http.seen.at(-1)?.body.includes(tool) === true);
      leaving.abort();
      await posting;
      await expect.poll(() => http.broken_off()).toBe(before + 1);
      await expect.poll(() => lastOf(gate.folder, tool)).toBe("error cancelled");
    },
  );

  test("has cancelled at a process too: it is told by a notification", async () => {
    const client = modern(`${gate.url}/stdio`);
    // Its process runs before it is asked to hang: what was never sent needs no cancellation.
    await client.call("pid");
    const leaving = new AbortController();
    const posting = client.post(client.calling("hang"), leaving.signal).catch(() => undefined);
    await expect.poll(() => lastOf(gate.folder, "hang")).toBe("open");
    leaving.abort();
    await posting;
    await expect.poll(() => lastOf(gate.folder, "hang")).toBe("error cancelled");
    await expect
      .poll(async () => (JSON.parse(words(await client.call("cancelled"))) as unknown[]).length)
      .toBe(1);
  });

  test("cannot take back what another client asked under the same id", async () => {
    const [client, other] = [modern(`${gate.url}/stdio`), modern(`${gate.url}/stdio`)];
    const message = { ...client.calling("progress", { n: 3 }), id: 99 };
    const said = client.say(message);
    expect((await other.say(cancelled(99))).status).toBe(202);
    expect(words((await said).messages.at(-1) ?? {})).toBe("done");
  });
});

describe("notifications/cancelled of a legacy client", () => {
  test.each(["stdio", "http"])(
    "after the call left: the %s server is told once, the call ends, the record says so",
    async (server) => {
      const client = await session(`${gate.url}/${server}`);
      const message = client.calling("hang", { mark: server });
      const asking = client.say(message);
      await expect
        .poll(
          async () => (await records(gate.folder)).findLast(({ opened }) => opened.server === server)?.status,
        )
        .toBe("open");
      await until(() => server === "stdio" || http.seen.at(-1)?.body.includes("hang") === true);
      expect((await client.say(cancelled(message.id))).status).toBe(202);
      expect(await asking).toMatchObject({ status: 200, messages: [] });
      await expect.poll(() => lastOf(gate.folder, "hang")).toBe("error cancelled");
      if (server === "stdio") expect(JSON.parse(words(await client.call("cancelled")))).toEqual([message.id]);
      else expect(seen(`"requestId":${message.id}`)).toBe(1);
    },
  );

  test("while the call is being written down: it never leaves", async () => {
    const client = await session(`${gate.url}/http`);
    await client.call("before");
    const lock = new DatabaseSync(journalOf(gate.folder));
    lock.exec("begin immediate");
    const message = client.calling("taken-back");
    const asking = client.say(message);
    // Which of the two arrives first is not known: one of these finds the call waiting for the lock.
    for (let n = 0; n < 10; n += 1) expect((await client.say(cancelled(message.id))).status).toBe(202);
    lock.exec("rollback");
    lock.close();
    expect(await asking).toMatchObject({ status: 200, messages: [] });
    await expect.poll(() => lastOf(gate.folder, "taken-back")).toBe("error cancelled");
    expect(seen("taken-back")).toBe(0);
  });

  test("many of them leave room for calls and do not count against the server", async () => {
    const client = await session(`${gate.url}/http`);
    const messages = Array.from({ length: 300 }, () => client.calling("hang"));
    const asked = messages.map((message) => client.say(message));
    await until(() => seen('"hang"') >= 300);
    await Promise.all(messages.map(({ id }) => client.say(cancelled(id))));
    expect(new Set((await Promise.all(asked)).map(({ status }) => status))).toEqual(new Set([200]));
    expect(words(await client.call("still there"))).toBe("still there");
  });

  test("of something unknown or over changes nothing", async () => {
    const client = await session(`${gate.url}/stdio`);
    expect((await client.say(cancelled("nobody"))).status).toBe(202);
    expect((await client.say(cancelled({ odd: [] }))).status).toBe(202);
    expect(words(await client.call("echo", { a: 1 }))).toBe('{"a":1}');
  });
});
