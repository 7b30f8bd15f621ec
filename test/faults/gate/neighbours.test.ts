// Servers that are down beside servers that are not, and sessions that a server forgets.
import { afterAll, beforeAll, expect, test } from "vitest";
import { join } from "node:path";
import { removeFolder, type RunningGate, startGate } from "../../gate/running.ts";
import { startUnrulyHttp, type UnrulyHttp } from "../../servers/unruly-http.ts";
import { ERAS, modern, session, words } from "./client.ts";
import { allowAll, counting, lastOf, records, unruly } from "./setting.ts";
import { type Sibling, startSibling } from "./sibling.ts";

let http: UnrulyHttp;
let sibling: Sibling;
let gate: RunningGate;
beforeAll(async () => {
  [http, sibling] = await Promise.all([startUnrulyHttp(), startSibling()]);
  gate = await startGate(
    allowAll({
      one: counting(join("{folder}", "one.txt")),
      two: { url: sibling.url, timeout_ms: 5000 },
      three: { ...counting(join("{folder}", "three.txt")), prefix: "three_" },
      forgetful: { url: http.url, timeout_ms: 5000 },
      crashing: unruly(),
    }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  await Promise.all([http.close(), sibling.down()]);
  removeFolder(gate.folder);
});

test.each(ERAS)(
  "%s client: while one server is down the lists and calls of the others go on, and it is taken in again",
  async (_, connect) => {
    const names = async (): Promise<readonly string[]> => {
      const { messages } = await client.say({ jsonrpc: "2.0", id: 1, method: "tools/list", params: {} });
      return messages.flatMap(({ result }) => result?.tools?.map(({ name }) => name) ?? []);
    };
    const client = await connect(gate.url);
    expect(await names()).toEqual(["count", "tell", "three_count"]);
    await sibling.down();
    expect(await names()).toEqual(["count", "three_count"]);
    expect(words(await client.call("count", { id: "a" }))).toBe("counted a");
    expect(words(await client.call("three_count", { id: "b" }))).toBe("counted b");
    // Its names are not given to anybody else meanwhile.
    expect(words(await client.call("tell"))).toMatch(/^UNAVAILABLE [\s\S]*The call has not run\./);
    const late = await connect(gate.url);
    expect(words(await late.call("count", { id: "c" }))).toBe("counted c");
    await sibling.up();
    await expect.poll(names, { timeout: 15_000 }).toEqual(["count", "tell", "three_count"]);
    expect(words(await client.call("tell"))).toBe("told");
    expect(words(await late.call("tell"))).toBe("told");
  },
);

test("a session that begins while a server is down has that server's tools once it is back", async () => {
  await sibling.down();
  const client = await session(gate.url);
  await sibling.up();
  await expect.poll(async () => words(await client.call("tell")), { timeout: 15_000 }).toBe("told");
});

test("a server that forgets its session: a new one is begun and the call sent exactly once more", async () => {
  const client = await session(`${gate.url}/forgetful`);
  expect(words(await client.call("before"))).toBe("before");
  http.expire();
  const from = http.seen.length;
  expect(words(await client.call("after"))).toBe("after");
  const asked = http.seen.slice(from).flatMap(({ body }) => {
    const { method } = JSON.parse(body || "{}") as { method?: string };
    return method === undefined ? [] : [method];
  });
  expect(asked).toEqual(["tools/call", "initialize", "notifications/initialized", "tools/call"]);
  expect((await records(gate.folder)).filter(({ opened }) => opened.target === "after").length).toBe(1);
});

test("a server that forgets its session: a list is read in a new one", async () => {
  const client = await session(`${gate.url}/forgetful`);
  http.expire();
  const { messages } = await client.say({ jsonrpc: "2.0", id: 1, method: "tools/list" });
  expect(messages[0]?.result).toBeDefined();
});

test("a server that forgets every session is not asked again and again", async () => {
  const client = await session(`${gate.url}/forgetful`);
  http.forget(true);
  const from = http.seen.length;
  expect(words(await client.call("never"))).toMatch(/^UNAVAILABLE [\s\S]*The call has not run\./);
  http.forget(false);
  const calls = http.seen.slice(from).filter(({ body }) => body.includes("tools/call"));
  expect(calls.length).toBeLessThanOrEqual(2);
  await expect.poll(() => lastOf(gate.folder, "never")).toBe("error upstream-over");
});

test("a process that crashes is started again for the same session, and others keep theirs", async () => {
  const [client, neighbour] = [await session(`${gate.url}/crashing`), await session(`${gate.url}/crashing`)];
  const [pid, theirs] = [words(await client.call("pid")), words(await neighbour.call("pid"))];
  expect(words(await client.call("crash"))).toMatch(/^UNAVAILABLE /);
  expect(words(await client.call("pid"))).toMatch(/^\d+$/);
  expect(words(await client.call("pid"))).not.toBe(pid);
  expect(words(await neighbour.call("pid"))).toBe(theirs);
});

test("a process that crashes again and again is left alone for a moment, and nobody else's is", async () => {
  const [client, neighbour] = [await session(`${gate.url}/crashing`), await session(`${gate.url}/crashing`)];
  for (let n = 0; n < 2; n += 1) await client.call("crash");
  expect(words(await client.call("pid"))).toMatch(/^UNAVAILABLE [\s\S]*left alone for a moment/);
  expect(words(await neighbour.call("pid"))).toMatch(/^\d+$/);
  await expect.poll(async () => words(await client.call("pid")), { timeout: 15_000 }).toMatch(/^\d+$/);
});

test("requests of one principal that bear the same id get each its own answer", async () => {
  const clients = Array.from({ length: 8 }, () => modern(`${gate.url}/one`));
  const said = await Promise.all(
    clients.map(async (client, n) => {
      const message = { ...client.calling("count", { id: `same-${n}` }), id: 7 };
      return (await client.say(message)).messages[0];
    }),
  );
  expect(said.map((one) => words(one ?? {}))).toEqual(clients.map((_, n) => `counted same-${n}`));
});
