// A server that fails, in each way it can: what its client is told, and what is written down.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { removeFolder, type RunningGate, startGate } from "../../gate/running.ts";
import { startUnrulyHttp, type UnrulyHttp } from "../../servers/unruly-http.ts";
import { type Client, ERAS, session, words } from "./client.ts";
import { allowAll, lastOf, unruly } from "./setting.ts";

let http: UnrulyHttp;
let gate: RunningGate;
beforeAll(async () => {
  http = await startUnrulyHttp();
  const url = http.url;
  gate = await startGate(
    allowAll({
      http: { url, timeout_ms: 5000 },
      quick: { url, timeout_ms: 1000 },
      stdio: { ...unruly(), timeout_ms: 10_000 },
      // Who crashes twice in a row is left alone for a moment.
      crashing: unruly(),
      hasty: { ...unruly(), timeout_ms: 3000 },
      missing: { command: "/no/such/program" },
      dying: unruly("dying"),
      refused: { url: "http://127.0.0.1:9/mcp" },
    }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  await http.close();
  removeFolder(gate.folder);
});

const UNCONFIRMED = /^UNAVAILABLE [\s\S]*It was not confirmed whether the action ran/;
const NOT_RUN = /^UNAVAILABLE [\s\S]*The call has not run\./;

interface Case {
  readonly server: string;
  readonly tool: string;
  readonly says: RegExp;
  readonly record: string;
}
const fault = (server: string, tool: string, says: RegExp, record: string): Case => ({
  server,
  tool,
  says,
  record,
});
const answer = (server: string, tool: string, text: string): Case => ({
  server,
  tool,
  says: new RegExp(`^${text}$`),
  record: "ok",
});

describe.each(ERAS)("%s client", (era, connect) => {
  const at = (server: string): Promise<Client> => connect(`${gate.url}/${server}`);

  test.each([
    fault("crashing", "crash", UNCONFIRMED, "error upstream-gone"),
    fault("stdio", "cut", UNCONFIRMED, "error upstream-gone"),
    fault("stdio", "garbled-id", UNCONFIRMED, "error upstream-garbled"),
    fault("stdio", "garbled", UNCONFIRMED, "error upstream-garbled"),
    fault("http", "sse-garbled", UNCONFIRMED, "error upstream-garbled"),
    fault("http", "break", UNCONFIRMED, "error upstream-gone"),
    fault("http", "sse-break", UNCONFIRMED, "error upstream-gone"),
    fault("http", "sse-cut", UNCONFIRMED, "error upstream-gone"),
    fault("http", "empty", UNCONFIRMED, "error upstream-gone"),
    fault("http", "garbage", UNCONFIRMED, "error upstream-garbled"),
    fault("http", "html", UNCONFIRMED, "error upstream-garbled"),
    fault("http", "utf8", UNCONFIRMED, "error upstream-garbled"),
    fault("http", "huge", UNCONFIRMED, "error upstream-garbled"),
    fault("http", "wrong-id", UNCONFIRMED, "error upstream-garbled"),
    fault("http", "status-500", UNCONFIRMED, "error upstream-failed"),
    fault("http", "status-503", NOT_RUN, "error upstream-refused"),
    fault("http", "status-302", NOT_RUN, "error upstream-refused"),
    fault("quick", "hang", UNCONFIRMED, "error upstream-timeout"),
    fault("quick", "sse-silent", UNCONFIRMED, "error upstream-timeout"),
  ])("$server $tool: the model is told that the server failed, the record says $record", async (expected) => {
    const client = await at(expected.server);
    const said = await client.call(expected.tool);
    expect(said.result?.isError).toBe(true);
    expect(words(said)).toMatch(expected.says);
    expect(words(said).length).toBeLessThanOrEqual(600);
    expect(said.result?._meta?.["dev.portcullis/decision"]?.retryable).toBe(expected.says === NOT_RUN);
    await expect.poll(() => lastOf(gate.folder, expected.tool)).toBe(expected.record);
  });

  test.each([
    answer("stdio", "garbage", "after garbage"),
    answer("stdio", "garbled-notice", "after a notice"),
    answer("stdio", "twice", "first"),
    answer("stdio", "wrong-id", "right"),
    answer("http", "sse-garbage", "after garbage"),
    answer("http", "sse-twice", "first"),
    answer("http", "sse-wrong-id", "right"),
  ])("$server $tool: the answer that was asked for comes through, once", async (expected) => {
    const client = await at(expected.server);
    expect(words(await client.call(expected.tool))).toMatch(expected.says);
    await expect.poll(() => lastOf(gate.folder, expected.tool)).toBe(expected.record);
    expect(words(await client.call("sse"))).not.toBe("");
  });

  test.each(["missing", "dying", "refused"])(
    "a server that is %s: no session begins, and a call without one is told whether it ran",
    async (server) => {
      const url = `${gate.url}/${server}`;
      if (era === "legacy") {
        // A session begins only where a server agrees to it.
        await expect(connect(url)).rejects.toThrow(/cannot be reached|went away|left alone/);
        return;
      }
      const said = await (await connect(url)).call("anything");
      // One that starts and ends may have read the call.
      expect(words(said)).toMatch(server === "dying" ? UNCONFIRMED : NOT_RUN);
    },
  );
});

test("a process that is silent for too long: the model is told so, and the process that it was", async () => {
  const client = await session(`${gate.url}/hasty`);
  const message = client.calling("hang");
  const said = (await client.say(message)).messages[0] ?? {};
  expect(words(said)).toMatch(UNCONFIRMED);
  expect(words(said)).toContain("was silent for 3 s");
  await expect.poll(() => lastOf(gate.folder, "hang")).toBe("error upstream-timeout");
  expect(JSON.parse(words(await client.call("cancelled")))).toEqual([message.id]);
});

test("a line of 100 MB is dropped, and the answer after it comes through", async () => {
  const client = await session(`${gate.url}/stdio`);
  expect(words(await client.call("long", { n: 100 * 1024 * 1024 }))).toBe("after a long line");
});
