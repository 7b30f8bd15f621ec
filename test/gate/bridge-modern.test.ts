import { join, resolve } from "node:path";
import { Client, type ClientOptions, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { StdioClientTransport } from "@modelcontextprotocol/client/stdio";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Child, start } from "../conformance/child.ts";
import { until } from "../servers/talk.ts";
import { ENVIRONMENT, folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const SERVER = resolve("test/servers/session-server.ts");
const EVERYTHING = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");

let gate: RunningGate;
let servers: Child[];
const clients = new Map<string, Promise<Client>>();

beforeAll(async () => {
  servers = await Promise.all([start([SERVER]), start([resolve("test/servers/everything-http.ts")])]);
  const [web, all] = servers.map(({ url }) => ({ url, transport: "streamable-http" }));
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: {
        web,
        pipe: { command: process.execPath, args: [SERVER, "stdio"] },
        all,
        everything: { command: process.execPath, args: [EVERYTHING, "stdio"] },
      },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  gate = await startGate(folder);
});
afterAll(async () => {
  await Promise.all([...clients.values()].map(async (client) => (await client).close()));
  await gate.stop();
  await Promise.all(servers.map((server) => server.stop()));
  removeFolder(gate.folder);
});

const MODERN = { pin: "2026-07-28" } as const;
const ABLE: ClientOptions = {
  capabilities: { elicitation: { form: {}, url: {} }, sampling: {}, roots: {} },
  versionNegotiation: { mode: MODERN },
};

/** How a client reaches a server, and what a tool is called there. */
interface Way {
  readonly reach: (client: Client) => Promise<void>;
  readonly tool: (name: string) => string;
}
const single = (server: string): Way => ({
  reach: (client) => client.connect(new StreamableHTTPClientTransport(new URL(`${gate.url}/${server}`))),
  tool: (name) => name,
});
const merged = (server: string): Way => ({
  reach: (client) => client.connect(new StreamableHTTPClientTransport(new URL(gate.url))),
  tool: (name) => `${server}_${name}`,
});
const door = (server: string): Way => ({
  reach: (client) =>
    client.connect(
      new StdioClientTransport({
        command: process.execPath,
        args: [
          resolve("src/cli/cli.ts"),
          "proxy",
          "--server",
          server,
          "--config",
          join(gate.folder, "portcullis.yaml"),
        ],
        env: Object.fromEntries(
          Object.entries(ENVIRONMENT).flatMap(([k, v]) => (v === undefined ? [] : [[k, v]])),
        ),
        cwd: gate.folder,
        stderr: "ignore",
      }),
    ),
  tool: (name) => name,
});

const WAYS: readonly (readonly [string, Way])[] = [
  ["HTTP, a server on HTTP", single("web")],
  ["HTTP, a server on a pipe", single("pipe")],
  ["HTTP, the merged address", merged("web")],
  ["HTTP, the merged address, a pipe", merged("pipe")],
  ["a pipe, a server on HTTP", door("web")],
  ["a pipe, a server on a pipe", door("pipe")],
];

/** The client of that name on that way: a process takes its time to start. */
function connect(way: Way, options: ClientOptions = ABLE, name = "able"): Promise<Client> {
  const key = `${WAYS.findIndex(([, one]) => one === way)} ${name}`;
  const known = clients.get(key) ?? open(way, options, name);
  clients.set(key, known);
  return known;
}

async function open({ reach }: Way, options: ClientOptions, name: string): Promise<Client> {
  const client = new Client({ name, version: "1" }, options);
  if (options.capabilities?.elicitation !== undefined)
    client.setRequestHandler("elicitation/create", ({ params }) =>
      params.mode === "url"
        ? { action: "accept" }
        : {
            action: "accept",
            content: { name: params.message === "What is your name?" ? "Ana" : params.message },
          },
    );
  if (options.capabilities?.sampling !== undefined)
    client.setRequestHandler("sampling/createMessage", () => ({
      role: "assistant",
      content: { type: "text", text: "something" },
      model: "none",
    }));
  if (options.capabilities?.roots !== undefined)
    client.setRequestHandler("roots/list", () => ({ roots: [{ uri: "file:///here", name: "here" }] }));
  await reach(client);
  return client;
}

const call = async (client: Client, name: string, args: Record<string, unknown> = {}): Promise<string> => {
  const said = await client.callTool({ name, arguments: args });
  const [first] = said.content;
  return first?.type === "text" ? first.text : JSON.stringify(said);
};

describe.each(WAYS)("a client of 2026-07-28 and a server that only knows sessions: %s", (_, way) => {
  test("who the server is, its lists, a resource, a prompt", async () => {
    const client = await connect(way);
    expect(client.getNegotiatedProtocolVersion()).toBe("2026-07-28");
    expect(client.getServerCapabilities()?.tools).toBeDefined();
    expect(client.getInstructions()).toContain("Ask away.");
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain(way.tool("greet"));
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toContain(way.tool("hi"));
    expect((await client.readResource({ uri: "note://a" })).contents).toMatchObject([{ text: "a note" }]);
    expect((await client.getPrompt({ name: way.tool("hi") })).messages).toHaveLength(1);
    await expect(client.readResource({ uri: "note://nowhere" })).rejects.toMatchObject({ code: -32602 });
  });

  test("elicitation, sampling and roots in the middle of a call", async () => {
    const client = await connect(way);
    expect(await call(client, way.tool("greet"))).toBe("Hello Ana");
    expect(await call(client, way.tool("two"))).toBe("one,two");
    expect(await call(client, way.tool("many"), { times: 3 })).toBe("asked 3 times");
    expect(await call(client, way.tool("roots"))).toContain("file:///here");
    expect(await call(client, way.tool("sample"))).toContain("something");
  });

  test("a page that a person has to visit first", async () => {
    const client = await connect(way);
    expect(await call(client, way.tool("page"))).toBe("you have been there");
  });

  test("what the client did not declare is never asked of it", async () => {
    const client = await connect(way, { versionNegotiation: { mode: MODERN } }, "unable");
    for (const tool of ["greet", "roots", "sample"]) {
      const said = await client.callTool({ name: way.tool(tool), arguments: {} });
      expect([tool, said.isError]).toEqual([tool, true]);
    }
    await expect(client.callTool({ name: way.tool("page"), arguments: {} })).rejects.toMatchObject({
      code: -32021,
    });
  });

  test("progress reaches the request that asked for it, before and after a question", async () => {
    const client = await connect(way);
    const heard: number[] = [];
    // The SDK itself reports each round that it answers, with a message.
    const onprogress = ({ progress, message }: { progress: number; message?: string | undefined }): void => {
      if (message === undefined) heard.push(progress);
    };
    await client.callTool({ name: way.tool("step"), arguments: {} }, { onprogress });
    expect(heard).toEqual([1, 2]);
  });
});

describe.each([
  ["on a pipe", "everything"],
  ["on HTTP", "all"],
])("the reference server, which knows sessions only, %s", (_, server) => {
  const way = single(server);

  test("asks a client of 2026-07-28 in the middle of a call", async () => {
    const client = await open(way, ABLE, "able");
    clients.set(`reference ${server}`, Promise.resolve(client));
    expect(await call(client, "echo", { message: "hi" })).toBe("Echo: hi");
    expect(await call(client, "trigger-elicitation-request")).toMatch(/User provided/);
    expect(await call(client, "trigger-sampling-request", { prompt: "hi" })).toMatch(/something/);
    expect(await call(client, "get-roots-list")).toMatch(/root/i);
    const page = { url: "https://page.example/", errorPath: true };
    expect(await call(client, "trigger-url-elicitation", page)).toMatch(/complet|accept/i);
  });

  test("reports the progress of a long operation", async () => {
    const client = await (clients.get(`reference ${server}`) ?? open(way, ABLE, "able"));
    const heard: number[] = [];
    await client.callTool(
      { name: "trigger-long-running-operation", arguments: { duration: 0.3, steps: 3 } },
      { onprogress: ({ progress }) => void heard.push(progress) },
    );
    expect(heard).toEqual([1, 2, 3]);
  });
});

test("changes are followed on one subscription, of the types asked for, and no longer than it lasts", async () => {
  const client = await connect(WAYS[0]?.[1] ?? single("web"));
  const heard: string[] = [];
  client.setNotificationHandler("notifications/tools/list_changed", () => void heard.push("tools"));
  client.setNotificationHandler("notifications/resources/list_changed", () => void heard.push("resources"));
  client.setNotificationHandler(
    "notifications/resources/updated",
    ({ params }) => void heard.push(params.uri),
  );
  const subscription = await client.listen({ toolsListChanged: true, resourceSubscriptions: ["note://a"] });
  expect(subscription.honoredFilter).toEqual({ toolsListChanged: true, resourceSubscriptions: ["note://a"] });
  await call(client, "change");
  await until(() => heard.length >= 2);
  expect(heard.toSorted()).toEqual(["note://a", "tools"]);
  await subscription.close();
  await until(async () => (await call(client, "history")).includes("unsubscribe note://a"));
});

test("each round is a call of its own in the log", async () => {
  const client = await open(single("web"), ABLE, "logged");
  await call(client, "many", { times: 2 });
  await client.close();
  const { out } = await portcullis(
    ["logs", "--json", "--config", join(gate.folder, "portcullis.yaml")],
    gate.folder,
  );
  const rounds = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, string>)
    .filter(({ tool, client: by }) => tool === "many" && JSON.stringify(by).includes("logged"));
  expect(rounds.map(({ status }) => status)).toEqual(["ok", "ok", "ok"]);
  expect(new Set(rounds.map(({ id }) => id)).size).toBe(3);
});
