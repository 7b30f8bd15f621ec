import { afterAll, beforeAll, expect, test } from "vitest";
import { type Jobs, startJobs } from "../servers/jobs-http.ts";
import { until } from "../servers/talk.ts";
import { legacyClient } from "./http-client.ts";
import { folderWith, removeFolder, type RunningGate, startGate } from "./running.ts";

let one: Jobs;
let two: Jobs;
let gate: RunningGate;

beforeAll(async () => {
  [one, two] = await Promise.all([startJobs("one"), startJobs("two")]);
  gate = await startGate(
    folderWith({
      "portcullis.yaml": JSON.stringify({
        version: 1,
        policy: ["policy.yaml"],
        mcpServers: { one: { url: one.url }, two: { url: two.url }, gone: { url: "http://127.0.0.1:9/mcp" } },
      }),
      "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
    }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  await Promise.all([one.close(), two.close()]);
  removeFolder(gate.folder);
});

test("a server's stream that ended is opened again, on the stream that the client has", async () => {
  const ask = await legacyClient(gate.url);
  const mine: string[] = [];
  for (const name of ["one", "two"]) {
    const { text } = await ask("tools/call", { name: `${name}_job`, arguments: {}, task: {} });
    mine.push((JSON.parse(text) as { result: { task: { taskId: string } } }).result.task.taskId);
  }
  const [first = "", second = ""] = mine;
  const stream = await fetch(gate.url, { headers: { accept: "text/event-stream", ...ask.headers } });
  expect(stream.status).toBe(200);
  let heard = "";
  void (async () => {
    for await (const piece of stream.body as unknown as AsyncIterable<Uint8Array>)
      heard += Buffer.from(piece).toString();
  })().catch(() => undefined);
  await until(() => one.listeners() === 1 && two.listeners() === 1);
  one.hangUp();
  await until(() => one.listeners() === 0);
  two.shout();
  await until(() => heard.includes(second));
  await until(() => one.listeners() === 1);
  one.shout();
  await until(() => heard.includes(first));
  expect(gate.errors()).toContain("no stream of this server for now");
});
