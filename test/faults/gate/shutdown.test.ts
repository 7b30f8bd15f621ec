// SIGTERM: what is under way is answered, nothing new begins, nothing is left.
import { connect as dial, createServer, type Socket } from "node:net";
import { once } from "node:events";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, test } from "vitest";
import { removeFolder, type RunningGate, startGate } from "../../gate/running.ts";
import { ended, runs } from "../../servers/talk.ts";
import { startUnrulyHttp, type UnrulyHttp } from "../../servers/unruly-http.ts";
import { ERAS, modern, readUntil, session, words } from "./client.ts";
import { allowAll, lastOf, MODERN, records, unruly } from "./setting.ts";

let http: UnrulyHttp;
let gate: RunningGate;
beforeEach(async () => {
  http = await startUnrulyHttp();
});
afterEach(async () => {
  await gate.stop("SIGKILL");
  await http.close();
  removeFolder(gate.folder);
});

async function start(drain_ms: number): Promise<void> {
  const servers = { http: { url: http.url }, stdio: unruly(), deaf: unruly("deaf"), newer: MODERN };
  gate = await startGate(allowAll(servers, { limits: { drain_ms } }));
}

const port = (): number => Number(new URL(gate.url).port);

/** Whether somebody else can have the gate's port now. */
async function portIsFree(): Promise<boolean> {
  const server = createServer();
  server.listen(port(), "127.0.0.1");
  const free = await Promise.race([
    once(server, "listening").then(() => true),
    once(server, "error").then(() => false),
  ]);
  server.close();
  return free;
}

async function raw(): Promise<Socket> {
  const socket = dial(port(), "127.0.0.1");
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

test.each(ERAS)(
  "%s client: a call under way is answered, a new one is refused with 503, nobody is left behind",
  async (_, connect) => {
    await start(30_000);
    const client = await connect(`${gate.url}/stdio`);
    const child = Number(words(await client.call("pid")));
    const late = await raw();
    late.write("POST /mcp/stdio HTTP/1.1\r\nhost: localhost\r\n"); // and the rest when the gate is asked to end
    const idle = await raw();
    const message = client.calling("until-told");
    const params = { ...(message as { params?: object }).params, _meta: { progressToken: 1 } };
    const asking = client.say({ ...message, params });
    await expect.poll(() => lastOf(gate.folder, "until-told")).toBe("open");

    gate.child.kill("SIGTERM");
    const exit = once(gate.child, "exit");
    await expect.poll(() => gate.child.exitCode !== null || portIsFree()).toBe(true);
    late.write("content-type: application/json\r\naccept: */*\r\ncontent-length: 2\r\n\r\n{}");
    expect(await text(late)).toMatch(/^HTTP\/1\.1 503 /);
    process.kill(child, "SIGUSR1");
    expect(words((await asking).messages.at(-1) ?? {})).toBe("done");
    expect(await exit).toEqual([0, null]);
    expect(await portIsFree()).toBe(true);
    expect(await runs(child)).toBe(false);
    expect(await lastOf(gate.folder, "until-told")).toBe("ok");
    idle.destroy();
  },
);

test("a call that outlasts the time for draining is cut off, and both sides and the record say so", async () => {
  await start(200);
  const [client, newer] = [await session(`${gate.url}/stdio`), modern(`${gate.url}/stdio`)];
  const pid = Number(words(await client.call("pid")));
  // Its process runs before it is asked to hang.
  await newer.call("pid");
  const asking = client.say(client.calling("hang"));
  const streaming = await client.post({
    ...client.calling("progress"),
    params: { name: "progress", arguments: { n: 1000 }, _meta: { progressToken: 1 } },
  });
  await readUntil(streaming, "progress");
  const asked = newer.say(newer.calling("hang", { second: true }));
  const open = async (): Promise<readonly string[]> =>
    (await records(gate.folder)).flatMap(({ opened, status }) => (status === "open" ? [opened.target] : []));
  await expect.poll(async () => (await open()).toSorted()).toEqual(["hang", "hang", "progress"]);

  expect(await gate.stop()).toBe(0);
  expect(await asking).toMatchObject({
    status: 503,
    messages: [{ error: { message: expect.stringContaining("Whether the call ran is not known") } }],
  });
  const said = (await asked).messages[0];
  expect(words(said ?? {})).toMatch(/^UNAVAILABLE [\s\S]*It was not confirmed whether the action ran/);
  expect(await lastOf(gate.folder, "hang")).toMatch(/^error /);
  expect(await lastOf(gate.folder, "progress")).toBe("error cancelled");
  await ended(pid);
});

test("processes that ignore the end of input and SIGTERM, and those they started, are gone too", async () => {
  await start(10_000);
  const client = await session(`${gate.url}/deaf`);
  const pids = [words(await client.call("pid")), words(await client.call("fork"))].map(Number);
  expect(await Promise.all(pids.map(runs))).toEqual([true, true]);
  expect(await gate.stop()).toBe(0);
  expect(await Promise.all(pids.map(runs))).toEqual([false, false]);
});

test("streams that belong to no call do not hold it up", async () => {
  await start(600_000);
  const [client, newer] = [await session(`${gate.url}/stdio`), modern(`${gate.url}/newer`)];
  const stream = await client.get();
  const notifications = { toolsListChanged: true };
  const listen = { jsonrpc: "2.0", id: 1, method: "subscriptions/listen", params: { notifications } };
  const subscription = await newer.post(listen);
  await readUntil(subscription, "notifications/subscriptions/acknowledged");
  expect(await gate.stop()).toBe(0);
  expect(await stream.text()).toBe("");
});

test("half a request does not hold it up for longer than the time for draining", async () => {
  await start(200);
  const half = await raw();
  half.write("POST /mcp/stdio HTTP/1.1\r\nhost: localhost\r\n");
  const rest = await raw();
  rest.write(
    "POST /mcp/stdio HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\naccept: */*\r\ncontent-length: 99\r\n\r\n{",
  );
  expect(await gate.stop()).toBe(0);
  expect(await portIsFree()).toBe(true);
});

test("the port can be had again at once by the same gate, with the same records", async () => {
  await start(10_000);
  const before = await session(`${gate.url}/stdio`);
  expect(words(await before.call("echo", { before: 1 }))).toBe('{"before":1}');
  const { folder } = gate;
  expect(await gate.stop()).toBe(0);
  gate = await startGate(folder);
  const after = await session(`${gate.url}/stdio`);
  expect((await after.say(after.calling("echo"))).status).toBe(200);
  await expect.poll(() => lastOf(folder, "echo")).toBe("ok");
  expect(
    (
      await fetch(`${gate.url}/stdio`, {
        headers: { accept: "text/event-stream", "mcp-session-id": before.id },
      })
    ).status,
  ).toBe(404);
  expect(await gate.stop()).toBe(0);
});
