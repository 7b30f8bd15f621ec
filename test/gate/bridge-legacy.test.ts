import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  ElicitationCompleteNotificationSchema,
  ElicitRequestSchema,
  EmptyResultSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
  ToolListChangedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { Client as ClientV2, StreamableHTTPClientTransport as HttpV2 } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { ENVIRONMENT, folderWith, removeFolder, type RunningGate, startGate } from "./running.ts";

const SERVER = resolve("test/servers/modern-only.ts");
const CLI = resolve("src/cli/cli.ts");

/** What is said on another stream may come a moment later. */
const SOON = { timeout: 10_000 };

let gate: RunningGate;
let http: ChildProcess;
let url = "";
beforeAll(async () => {
  http = spawn(process.execPath, [SERVER, "http"], { stdio: ["ignore", "pipe", "inherit"] });
  const [ready] = (await once(http.stdout ?? http, "data")) as [Buffer];
  url = /http:\S+/.exec(ready.toString())?.[0] ?? "";
  const mcpServers = { web: { url }, pipe: { command: process.execPath, args: [SERVER, "stdio"] } };
  gate = await startGate(
    folderWith({
      "portcullis.yaml": JSON.stringify({ version: 1, policy: ["policy.yaml"], mcpServers }),
      "policy.yaml": "defaults: { verdict: allow }\n",
    }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  http.kill();
  removeFolder(gate.folder);
});

/** What the client heard that answers nothing. */
interface Heard {
  readonly tools: number[];
  readonly updated: string[];
  readonly logged: unknown[];
  readonly done: string[];
}

function client(): { readonly client: Client; readonly heard: Heard } {
  const capabilities = { elicitation: { form: {}, url: {} }, sampling: {}, roots: { listChanged: true } };
  const own = new Client({ name: "old", version: "1" }, { capabilities });
  const heard: Heard = { tools: [], updated: [], logged: [], done: [] };
  own.setRequestHandler(ElicitRequestSchema, ({ params }) =>
    params.mode === "url"
      ? { action: params.elicitationId === "" ? "decline" : "accept" }
      : { action: "accept", content: { name: "Ana" } },
  );
  own.setRequestHandler(CreateMessageRequestSchema, () => ({
    role: "assistant",
    model: "m",
    content: { type: "text", text: "hello" },
  }));
  own.setRequestHandler(ListRootsRequestSchema, () => ({ roots: [{ uri: "file:///w" }] }));
  own.setNotificationHandler(ToolListChangedNotificationSchema, () => void heard.tools.push(1));
  own.setNotificationHandler(
    ResourceUpdatedNotificationSchema,
    ({ params }) => void heard.updated.push(params.uri),
  );
  own.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void heard.logged.push(params.data),
  );
  own.setNotificationHandler(
    ElicitationCompleteNotificationSchema,
    ({ params }) => void heard.done.push(params.elicitationId),
  );
  return { client: own, heard };
}

const overHttp = (name: string) => () =>
  new StreamableHTTPClientTransport(new URL(name === "" ? gate.url : `${gate.url}/${name}`));
const overStdio = (name: string) => () =>
  new StdioClientTransport({
    command: process.execPath,
    args: [CLI, "proxy", "--server", name, "--config", `${gate.folder}/portcullis.yaml`],
    env: ENVIRONMENT as Record<string, string>,
    stderr: "inherit",
  });
const said = (result: unknown): string =>
  (result as { content: readonly { text?: string }[] }).content[0]?.text ?? "";

describe.each([
  ["HTTP, a server on HTTP", overHttp("web")],
  ["HTTP, a server on stdio", overHttp("pipe")],
  ["stdio, a server on HTTP", overStdio("web")],
  ["stdio, a server on stdio", overStdio("pipe")],
])("a client of 2025 before a server of 2026: %s", (_, transport) => {
  const { client: own, heard } = client();
  beforeAll(() => own.connect(transport()));
  afterAll(() => own.close());

  test("everything it knows works", async () => {
    expect(own.getServerVersion()).toEqual({ name: "modern-only", version: "1.2.3" });
    expect(own.getInstructions()).toBe("Be brief.");
    expect(own.getServerCapabilities()).toMatchObject({ tools: { listChanged: true }, logging: {} });
    expect(JSON.stringify(own.getServerCapabilities())).not.toContain("tasks");
    await own.ping();

    const { tools } = await own.listTools();
    expect(tools.find(({ name }) => name === "numbers")?.outputSchema).toMatchObject({
      type: "object",
      properties: { result: { items: { $ref: "#/properties/result/$defs/n" } } },
      required: ["result"],
    });
    // The client itself holds it against the schema it was given.
    expect((await own.callTool({ name: "numbers" })).structuredContent).toEqual({ result: [1, 2, 3] });
    expect(said(await own.callTool({ name: "echo", arguments: { region: "eu, é" } }))).toBe("region=eu, é");

    const all = JSON.parse(said(await own.callTool({ name: "everything" }))) as Record<string, unknown>;
    expect(all).toMatchObject({
      form: { action: "accept", content: { name: "Ana" } },
      model: { result: { content: { text: "hello" } } },
      roots: { roots: [{ uri: "file:///w" }] },
      state: 'state "é" 1',
    });
    expect(said(await own.callTool({ name: "page" }))).toBe("accept");
    expect(heard.done).toHaveLength(1);

    const steps: unknown[] = [];
    await own.callTool({ name: "talk" }, undefined, { onprogress: (step) => void steps.push(step) });
    expect(steps).toEqual([{ progress: 1, total: 2 }]);
    expect(heard.logged).toEqual([]);
    await own.setLoggingLevel("info");
    await own.callTool({ name: "talk" });
    await vi.waitFor(() => expect(heard.logged).toEqual(["only where it was asked for"]), SOON);
    await expect(own.request({ method: "tasks/list" }, EmptyResultSchema)).rejects.toThrow(/-32601/);
  });

  test("what it follows it hears of, once, whatever it follows besides", async () => {
    const change = (uri: string) => own.callTool({ name: "change", arguments: { uri } });
    await own.subscribeResource({ uri: "test://a" });
    await change("test://a");
    await change("test://b");
    await own.subscribeResource({ uri: "test://b" });
    await change("test://a");
    await change("test://b");
    await own.unsubscribeResource({ uri: "test://a" });
    await change("test://a");
    await change("test://b");
    await change("");
    await vi.waitFor(() => expect(heard.tools).toHaveLength(1), SOON);
    expect(heard.updated).toEqual(["test://a", "test://a", "test://b", "test://b"]);
  });

  test("a call that it takes back is taken back from the server", async () => {
    const before = Number(said(await own.callTool({ name: "stopped" })));
    const stop = new AbortController();
    const waiting = own.callTool({ name: "wait" }, undefined, { signal: stop.signal });
    // The next call is answered after the first one has arrived.
    await own.callTool({ name: "stopped" });
    stop.abort();
    await expect(waiting).rejects.toThrow(/abort/i);
    await vi.waitFor(
      async () => expect(Number(said(await own.callTool({ name: "stopped" })))).toBe(before + 1),
      SOON,
    );
  });
});

test("a server that never has enough is given up with words for the model", async () => {
  const { client: own } = client();
  await own.connect(overHttp("web")());
  try {
    const result = await own.callTool({ name: "endless" });
    expect(result.isError).toBe(true);
    expect(said(result)).toMatch(/^UNAVAILABLE .*after 8 rounds/);
  } finally {
    await own.close();
  }
});

test("both servers as one: each is asked by its own, and each question is answered to its own", async () => {
  const { client: own, heard } = client();
  await own.connect(overHttp("")());
  try {
    const { tools } = await own.listTools();
    const names = tools.map(({ name }) => name).filter((name) => name.endsWith("everything"));
    expect(names).toHaveLength(2);
    const answers = await Promise.all(names.map((name) => own.callTool({ name })));
    for (const answer of answers) expect(said(answer)).toContain('"name":"Ana"');
    await own.subscribeResource({ uri: "test://a" });
    await own.callTool({
      name: tools.find(({ name }) => name.endsWith("change"))?.name ?? "",
      arguments: { uri: "test://a" },
    });
    await vi.waitFor(() => expect(heard.updated).toEqual(["test://a"]), SOON);
  } finally {
    await own.close();
  }
});

test("SDK v2 as it is set up by default says nothing but its session", async () => {
  const own = new ClientV2({ name: "new", version: "2" }, { capabilities: { elicitation: { form: {} } } });
  own.setRequestHandler("elicitation/create", () => ({ action: "decline" }));
  await own.connect(new HttpV2(new URL(`${gate.url}/web`)));
  try {
    expect(own.getNegotiatedProtocolVersion()).toBe("2025-11-25");
    // It has no model to ask, so the server may not ask for one.
    expect(await own.callTool({ name: "everything" })).toMatchObject({
      isError: true,
      content: [{ text: expect.stringContaining("sampling") as string }],
    });
    expect(await own.callTool({ name: "echo", arguments: { region: "x" } })).toMatchObject({
      content: [{ text: "region=x" }],
    });
  } finally {
    await own.close();
  }
});

test("a server that dies in the middle of a call is started again for the next", async () => {
  const { client: own } = client();
  await own.connect(overHttp("pipe")());
  try {
    const dead = await own.callTool({ name: "die" });
    expect(dead.isError).toBe(true);
    expect(said(dead)).toMatch(/^UNAVAILABLE .*check before/s);
    expect(said(await own.callTool({ name: "echo", arguments: { region: "again" } }))).toBe("region=again");
  } finally {
    await own.close();
  }
});

test("a server that goes away in the middle of a call, and a gate that ends while its client is asked, leave nobody waiting", async () => {
  const own = new Client({ name: "old", version: "1" }, { capabilities: { elicitation: {} } });
  const asked = Promise.withResolvers<undefined>();
  own.setRequestHandler(ElicitRequestSchema, () => {
    asked.resolve(undefined);
    return new Promise(() => undefined);
  });
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { web: { url } },
      limits: { drain_ms: 500 },
    }),
    "policy.yaml": "defaults: { verdict: allow }\n",
  });
  const front = await startGate(folder);
  await own.connect(new StreamableHTTPClientTransport(new URL(`${front.url}/web`)));
  try {
    const waiting = own.callTool({ name: "wait" });
    await own.callTool({ name: "stopped" });
    void own.callTool({ name: "endless" }).catch(String);
    await asked.promise;
    http.kill("SIGKILL");
    expect(said(await waiting)).toMatch(/^UNAVAILABLE .*check before/s);
    expect(await front.stop()).toBe(0);
  } finally {
    await front.stop();
    await own.close();
    removeFolder(folder);
  }
});
