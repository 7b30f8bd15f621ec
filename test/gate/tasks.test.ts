import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Jobs, startJobs } from "../servers/jobs-http.ts";
import { type PipeClient, pipeClient, type Said } from "./pipe-client.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": { extensions: { "io.modelcontextprotocol/tasks": {} } },
};

let jobs: Jobs;
let other: Jobs;
let same: Jobs;
let gate: RunningGate;
/** Another principal, in another process, on the same records. */
let neighbour: PipeClient;

beforeAll(async () => {
  [jobs, other, same] = await Promise.all([
    startJobs("jobs", undefined),
    startJobs("other", undefined),
    startJobs("same", "task-1"),
  ]);
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: {
        jobs: { url: jobs.url },
        other: { url: other.url },
        same: { url: same.url },
        hasty: { url: jobs.url, timeout_ms: 300 },
      },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  gate = await startGate(folder);
  neighbour = pipeClient(["proxy", "--server", "jobs", "--config", join(folder, "portcullis.yaml")], folder);
  await neighbour.begin();
});
afterAll(async () => {
  await neighbour.close();
  await gate.stop();
  await Promise.all([jobs.close(), other.close(), same.close()]);
  removeFolder(gate.folder);
});

let asked = 0;

async function modern(method: string, params: Said, at = "/jobs"): Promise<Said> {
  asked += 1;
  const name = params["name"] ?? params["taskId"];
  const response = await fetch(`${gate.url}${at}`, {
    method: "POST",
    headers: {
      ...HEADERS,
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" && { "mcp-name": name }),
    },
    body: JSON.stringify({ jsonrpc: "2.0", id: asked, method, params: { ...params, _meta: META } }),
  });
  return (await response.json()) as Said;
}

async function legacySession(at: string): Promise<{
  readonly ask: (method: string, params: Said) => Promise<Said>;
  readonly stream: () => Promise<ReadableStreamDefaultReader<Uint8Array>>;
}> {
  const post = (method: string, params: Said, more: Record<string, string>, id?: number): Promise<Response> =>
    fetch(`${gate.url}${at}`, {
      method: "POST",
      headers: { ...HEADERS, ...more },
      body: JSON.stringify({ jsonrpc: "2.0", ...(id !== undefined && { id }), method, params }),
    });
  const hello = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "t", version: "1" } };
  const begun = await post("initialize", hello, {}, 0);
  await begun.text();
  const session = {
    "mcp-session-id": begun.headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
  await post("notifications/initialized", {}, session);
  return {
    async ask(method, params) {
      asked += 1;
      return (await (await post(method, params, session, asked)).json()) as Said;
    },
    async stream() {
      const response = await fetch(`${gate.url}${at}`, {
        headers: { accept: "text/event-stream", ...session },
      });
      if (response.body === null) throw new Error("no stream");
      return response.body.getReader();
    },
  };
}

/** Reads until the text is there. */
async function readUntil(reader: ReadableStreamDefaultReader<Uint8Array>, wanted: string): Promise<string> {
  let read = "";
  while (!read.includes(wanted)) {
    const { value, done } = await reader.read();
    if (done) throw new Error(`the stream ended after ${read}`);
    read += Buffer.from(value).toString();
  }
  return read;
}

const resultOf = (said: Said): Said => said["result"] as Said;
const begunIn = (said: Said): string => String((resultOf(said)["task"] as Said)["taskId"]);
/** An answer as text, with one id in the place of any. */
const masked = (said: Said, id: string): string => JSON.stringify({ ...said, id: 0 }).replaceAll(id, "ID");
const CALL = { name: "jobs_job", arguments: {} };

describe("2026-07-28", () => {
  test("who began a task gets it, and what it gives, byte for byte", async () => {
    const task = resultOf(await modern("tools/call", CALL));
    const got = await modern("tasks/get", { taskId: task["taskId"] });
    expect(resultOf(got)["result"]).toEqual({
      content: [{ type: "text", text: `jobs did ${String(task["taskId"])}` }],
    });
    expect(jobs.asked).toContain(`tasks/get ${String(task["taskId"])}`);
  });

  test.each(["tasks/get", "tasks/cancel", "tasks/update", "tasks/not-invented-yet"])(
    "%s: a task of somebody else, one that no gate began, and none at all answer alike",
    async (method) => {
      const theirs = begunIn(await neighbour.ask("tools/call", { ...CALL, task: {} }));
      const outside = jobs.begin();
      const nowhere = "no-such-task";
      const [one, two, three] = await Promise.all(
        [theirs, outside, nowhere].map(async (id) => masked(await modern(method, { taskId: id }), id)),
      );
      expect(three).toContain("Failed: there is no task ID");
      expect(one).toBe(three);
      expect(two).toBe(three);
      expect(jobs.asked.filter((line) => line.includes(theirs) || line.includes(outside))).toEqual([]);
    },
  );

  test("a subscription follows one's own tasks, and hears of no other", async () => {
    const mine = String(resultOf(await modern("tools/call", CALL))["taskId"]);
    const outside = jobs.begin();
    const leaving = new AbortController();
    const response = await fetch(`${gate.url}/jobs`, {
      method: "POST",
      signal: leaving.signal,
      headers: {
        ...HEADERS,
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "subscriptions/listen",
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: "s",
        method: "subscriptions/listen",
        params: { notifications: { toolsListChanged: true, taskIds: [mine, outside] }, _meta: META },
      }),
    });
    const reader = (response.body as ReadableStream<Uint8Array>).getReader();
    const first = await readUntil(reader, "acknowledged");
    expect(first).toContain(mine);
    expect(first).not.toContain(outside);
    jobs.shout();
    const heard = await readUntil(reader, "list_changed");
    expect(heard).toContain(`jobs did ${mine}`);
    expect(heard).not.toContain(outside);
    leaving.abort();
  });

  test("on the address of all servers a task leads to the server that began it", async () => {
    const task = resultOf(await modern("tools/call", { name: "other_job", arguments: {} }, ""));
    const got = await modern("tasks/get", { taskId: task["taskId"] }, "");
    expect(JSON.stringify(got)).toContain(`other did ${String(task["taskId"])}`);
    const stranger = jobs.begin();
    const [one, two] = await Promise.all(
      [stranger, "no-such-task"].map(async (id) => masked(await modern("tasks/get", { taskId: id }, ""), id)),
    );
    expect(one).toBe(two);
    const { capabilities } = resultOf(await modern("server/discover", {}, "")) as {
      capabilities: { extensions?: object };
    };
    expect(capabilities.extensions).toEqual({ "io.modelcontextprotocol/tasks": {} });
  });
});

describe("2025-11-25", () => {
  test("own tasks are got, read, listed and cancelled; others are not there", async () => {
    const session = await legacySession("/jobs");
    const begun = await session.ask("tools/call", { ...CALL, task: { ttl: 60_000 } });
    const mine = begunIn(begun);
    const theirs = begunIn(await neighbour.ask("tools/call", { ...CALL, task: {} }));
    expect(JSON.stringify(await session.ask("tasks/result", { taskId: mine }))).toContain(`jobs did ${mine}`);
    expect(resultOf(await session.ask("tasks/get", { taskId: mine }))["status"]).toBe("completed");
    const listed = JSON.stringify(await session.ask("tasks/list", {}));
    expect(listed).toContain(mine);
    expect(listed).not.toContain(theirs);
    for (const method of ["tasks/get", "tasks/result", "tasks/cancel"]) {
      const [one, two] = await Promise.all(
        [theirs, "nobody's"].map(async (id) => masked(await session.ask(method, { taskId: id }), id)),
      );
      expect(one).toBe(two);
    }
  });

  test("the result of a task is waited for however long the task takes", async () => {
    const session = await legacySession("/hasty");
    const mine = begunIn(await session.ask("tools/call", { ...CALL, task: {} }));
    jobs.hold();
    const result = session.ask("tasks/result", { taskId: mine });
    const silent = await session.ask("tools/call", { name: "jobs_silent", arguments: {} });
    expect(JSON.stringify(silent)).toContain("was silent for 0.3 s");
    jobs.release();
    expect(JSON.stringify(await result)).toContain(`jobs did ${mine}`);
  });

  test("notices of tasks reach who began them only", async () => {
    const session = await legacySession("/jobs");
    const begun = await session.ask("tools/call", { ...CALL, task: {} });
    const mine = begunIn(begun);
    const outside = jobs.begin();
    const reader = await session.stream();
    jobs.shout();
    const heard = await readUntil(reader, "list_changed");
    expect(heard).toContain(mine);
    expect(heard).not.toContain(outside);
    await reader.cancel();
  });
});

test("two servers that give the same id: told apart at their own addresses, and unknown where nobody can", async () => {
  const twin = await startJobs("twin", "task-1");
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { same: { url: same.url }, twin: { url: twin.url } },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  const before = gate;
  gate = await startGate(folder);
  try {
    await modern("tools/call", { name: "same_job", arguments: {} }, "/same");
    expect(JSON.stringify(await modern("tasks/get", { taskId: "task-1" }, ""))).toContain("same did task-1");
    await modern("tools/call", { name: "twin_job", arguments: {} }, "/twin");
    expect(JSON.stringify(await modern("tasks/get", { taskId: "task-1" }, "/twin"))).toContain("twin did");
    expect(JSON.stringify(await modern("tasks/get", { taskId: "task-1" }, "/same"))).toContain("same did");
    expect(JSON.stringify(await modern("tasks/get", { taskId: "task-1" }, ""))).toContain("Unknown task");
  } finally {
    await gate.stop();
    await twin.close();
    removeFolder(folder);
    gate = before;
  }
});

test("a gate that starts again knows whose tasks are whose, and its records hold no id", async () => {
  const mine = String(resultOf(await modern("tools/call", CALL))["taskId"]);
  await modern("tasks/get", { taskId: mine });
  await gate.stop();
  const { out } = await portcullis(["logs", "--json", "--config", "portcullis.yaml"], gate.folder);
  expect(out).toContain('"method":"tasks/get"');
  const db = new DatabaseSync(join(gate.folder, ".portcullis/portcullis.db"));
  const rows = [...db.prepare("select * from opened").all(), ...db.prepare("select * from closed").all()];
  db.close();
  expect(rows.length).toBeGreaterThan(10);
  expect(JSON.stringify(rows)).not.toContain(mine);
  gate = await startGate(gate.folder);
  expect(JSON.stringify(await modern("tasks/get", { taskId: mine }))).toContain(`jobs did ${mine}`);
});
