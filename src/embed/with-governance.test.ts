import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { createMcpHandler, InMemoryTransport, McpServer, Server } from "@modelcontextprotocol/server";
import { afterAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { Problems } from "../document/problem.ts";
import { ownKeys } from "../config/keys.ts";
import { openRecords } from "../privacy/open.ts";
import { governance, type GovernanceOptions, type PolicyGiven, withGovernance } from "./with-governance.ts";

const folder = mkdtempSync(join(tmpdir(), "portcullis-embed-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const POLICY = {
  rules: [
    { name: "use", match: { server: "shop", tool: "buy|ask|slow" }, allow: true },
    {
      name: "cheap",
      match: { tool: "buy" },
      when: "args.price > 100",
      deny: true,
      why: "Too dear.",
      instead: "Buy less.",
    },
    { name: "docs", match: { method: "resources/read", resource: "shop://open*" }, allow: true },
    { name: "greet", match: { prompt: "hello" }, allow: true },
  ],
} as const satisfies PolicyGiven;

/** What the handlers did: a refused call must leave no trace here. */
function shop(ran: string[]): McpServer {
  const server = new McpServer({ name: "shop", version: "1" }, { capabilities: { logging: {} } });
  const text = (said: string) => ({ content: [{ type: "text" as const, text: said }] });
  server.registerTool(
    "buy",
    { inputSchema: z.object({ price: z.number() }) },
    ({ price }, { mcpReq, http }) => {
      ran.push(`buy ${price} ${http?.authInfo?.clientId ?? ""}`.trim());
      return mcpReq
        .notify({ method: "notifications/message", params: { level: "info", data: "bought" } })
        .then(() => text(`bought for ${price}`));
    },
  );
  server.registerTool("steal", {}, () => {
    ran.push("steal");
    return text("stolen");
  });
  server.registerTool("ask", {}, async ({ mcpReq }) => {
    const asked = await mcpReq.elicitInput({
      message: "Sure?",
      requestedSchema: { type: "object", properties: { sure: { type: "boolean" } } },
    });
    return text(asked.action);
  });
  server.registerTool("slow", {}, async ({ mcpReq }) => {
    ran.push("slow began");
    await new Promise((resolve) => mcpReq.signal.addEventListener("abort", resolve, { once: true }));
    ran.push("slow was told to stop");
    return text("");
  });
  for (const name of ["open", "closed"])
    server.registerResource(name, `shop://${name}`, {}, (uri) => {
      ran.push(uri.href);
      return { contents: [{ uri: uri.href, text: name }] };
    });
  for (const name of ["hello", "bye"])
    server.registerPrompt(name, {}, () => ({
      messages: [{ role: "user", content: { type: "text", text: name } }],
    }));
  return server;
}

let count = 0;
async function connected(policy: PolicyGiven = POLICY, more: GovernanceOptions = {}) {
  count += 1;
  const store = `sqlite:${join(folder, `${count}.db`)}`;
  const ran: string[] = [];
  const server = withGovernance(shop(ran), policy, { name: "shop", store, ...more });
  const [theirs, ours] = InMemoryTransport.createLinkedPair();
  await server.connect(ours);
  const client = new Client({ name: "test", version: "1" }, { capabilities: { elicitation: {} } });
  client.setRequestHandler("elicitation/create", () => ({ action: "decline" as const }));
  await client.connect(theirs);
  return { client, server, ran, store };
}

async function recorded(store: string, count: number) {
  const place = { kind: "sqlite", path: store.slice("sqlite:".length) } as const;
  const opened = await openRecords({ store: place, keys: ownKeys(place), outbound: { allow: [] } });
  try {
    return await expect
      .poll(async () => {
        const calls = await opened.forTenant("default").journal.list({ limit: 100 });
        return calls.length === count && calls.every(({ closed }) => closed !== undefined)
          ? calls
          : undefined;
      })
      .toBeDefined()
      .then(() => opened.forTenant("default").journal.list({ limit: 100 }));
  } finally {
    await opened.close();
  }
}

describe("a server on a pipe", () => {
  test("is judged before its handlers run, and every call is written down", async () => {
    const { client, server, ran, store } = await connected();
    const bought = await client.callTool({ name: "buy", arguments: { price: 5 } });
    expect(bought.content).toEqual([{ type: "text", text: "bought for 5" }]);
    const dear = await client.callTool({ name: "buy", arguments: { price: 500 } });
    expect(dear).toMatchObject({
      isError: true,
      content: [
        { text: expect.stringMatching(/^BLOCKED by policy.*Too dear\. \(rule cheap\).*Buy less\./s) },
      ],
      _meta: { "dev.portcullis/decision": { effect: "deny", rule: "cheap", alternatives: ["Buy less."] } },
    });
    await expect(client.callTool({ name: "steal", arguments: {} })).rejects.toThrow("Unknown tool: steal");
    const wrong = await client.callTool({ name: "buy", arguments: { price: "much" } });
    expect(wrong).toMatchObject({
      isError: true,
      content: [{ text: expect.stringMatching(/^BLOCKED because an argument/) }],
    });
    expect(ran).toEqual(["buy 5"]);
    await client.close();
    await server.close();
    const calls = await recorded(store, 4);
    expect(calls.map(({ opened, status }) => [opened.target, opened.verdict, opened.rule, status])).toEqual([
      ["buy", "allow", "use", "ok"],
      ["buy", "deny", "cheap", "denied"],
      ["steal", "deny", "visibility", "denied"],
      ["buy", "deny", "arguments", "denied"],
    ]);
  });

  test("shows what may be called and nothing else", async () => {
    const { client, server } = await connected();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["buy", "ask", "slow"]);
    expect((await client.listPrompts()).prompts.map(({ name }) => name)).toEqual(["hello"]);
    expect((await client.listResources()).resources.map(({ uri }) => uri)).toEqual(["shop://open"]);
    await client.close();
    await server.close();
  });

  test("has its prompts and resources judged too", async () => {
    const { client, server, ran } = await connected();
    expect((await client.readResource({ uri: "shop://open" })).contents).toHaveLength(1);
    await expect(client.readResource({ uri: "shop://closed" })).rejects.toThrow(/not found/);
    expect((await client.getPrompt({ name: "hello" })).messages).toHaveLength(1);
    await expect(client.getPrompt({ name: "bye" })).rejects.toThrow("Unknown prompt: bye");
    expect(ran).toEqual(["shop://open"]);
    await client.close();
    await server.close();
  });

  test("can ask its client in the middle of a call, and hears that a call was taken back", async () => {
    const { client, server, ran, store } = await connected();
    expect((await client.callTool({ name: "ask", arguments: {} })).content).toEqual([
      { type: "text", text: "decline" },
    ]);
    const stop = new AbortController();
    const slow = client.callTool({ name: "slow", arguments: {} }, { signal: stop.signal });
    await expect.poll(() => ran).toEqual(["slow began"]);
    stop.abort();
    await expect(slow).rejects.toThrow(/abort/i);
    await expect.poll(() => ran).toEqual(["slow began", "slow was told to stop"]);
    await client.close();
    await server.close();
    expect((await recorded(store, 2)).map(({ status }) => status)).toEqual(["ok", "error"]);
  });

  test("writes down the end of what was under way when its client left", async () => {
    const { client, ran, store } = await connected();
    const slow = client.callTool({ name: "slow", arguments: {} });
    await expect.poll(() => ran).toEqual(["slow began"]);
    await client.close();
    await expect(slow).rejects.toThrow(/closed/i);
    expect((await recorded(store, 1)).map(({ status }) => status)).toEqual(["error"]);
  });

  test("refuses nothing in observe mode, and says what it would have refused", async () => {
    const { client, server, ran, store } = await connected(POLICY, { mode: "observe" });
    await client.callTool({ name: "steal", arguments: {} });
    expect(ran).toEqual(["steal"]);
    await client.close();
    await server.close();
    expect((await recorded(store, 1)).map(({ opened, status }) => [opened.verdict, status])).toEqual([
      ["deny", "ok"],
    ]);
  });

  test("can be a plain `Server`, and is connected again after it was closed", async () => {
    const server = withGovernance(
      new Server({ name: "plain", version: "1" }, { capabilities: { tools: {} } }),
      { defaults: { verdict: "deny" } },
      { store: `sqlite:${join(folder, "plain.db")}` },
    );
    server.setRequestHandler("tools/list", () => ({
      tools: [{ name: "any", inputSchema: { type: "object" } }],
    }));
    for (const _ of [1, 2]) {
      const [theirs, ours] = InMemoryTransport.createLinkedPair();
      await server.connect(ours);
      const client = new Client({ name: "test", version: "1" });
      await client.connect(theirs);
      expect((await client.listTools()).tools).toEqual([]);
      await client.close();
      await server.close();
    }
  });
});

describe("a client that speaks for itself", () => {
  /** A connection without the SDK's client: what is sent, with which credential, and what comes back. */
  async function raw(policy: PolicyGiven) {
    const ran: string[] = [];
    const server = withGovernance(shop(ran), policy, {
      name: "shop",
      store: `sqlite:${join(folder, `raw-${count++}.db`)}`,
    });
    const [theirs, ours] = InMemoryTransport.createLinkedPair();
    await server.connect(ours);
    const waiting = new Map<unknown, (answer: unknown) => void>();
    const questions: unknown[] = [];
    Object.assign(theirs, {
      onmessage: (message: { readonly id?: unknown; readonly method?: string }) => {
        if (message.method === "elicitation/create") questions.push(message.id);
        else waiting.get(message.id)?.(message);
      },
    });
    await theirs.start();
    const ask = (id: string | number, method: string, params: object, clientId?: string) =>
      new Promise<unknown>((resolve) => {
        waiting.set(id, resolve);
        const authInfo = clientId === undefined ? undefined : { token: "t", clientId, scopes: [] };
        void theirs.send(
          { jsonrpc: "2.0", id, method, params: params as Record<string, unknown> },
          authInfo && { authInfo },
        );
      });
    const say = (message: object, clientId: string) =>
      theirs.send({ jsonrpc: "2.0", ...message } as never, {
        authInfo: { token: "t", clientId, scopes: [] },
      });
    await ask(0, "initialize", {
      protocolVersion: "2025-11-25",
      capabilities: { elicitation: {} },
      clientInfo: { name: "raw", version: "1" },
    });
    return { ask, say, questions, ran, close: () => server.close() };
  }

  test("is judged by the credential of each message, whoever else uses the connection", async () => {
    const { ask, ran, close } = await raw({
      rules: [{ name: "ana", match: { principal: "ana" }, allow: true }],
    });
    const call = { name: "buy", arguments: { price: 1 } };
    expect(await ask(1, "tools/call", call, "ana")).toMatchObject({
      result: { content: [{ text: "bought for 1" }] },
    });
    expect(await ask(2, "tools/call", call, "bob")).toMatchObject({
      error: { message: "Unknown tool: buy" },
    });
    expect(await ask(3, "tools/list", {}, "bob")).toMatchObject({ result: { tools: [] } });
    expect(ran).toEqual(["buy 1 ana"]);
    await close();
  });

  test("cannot take back what another asked, or answer what another was asked", async () => {
    const { ask, say, questions, ran, close } = await raw(POLICY);
    const slow = ask(1, "tools/call", { name: "slow", arguments: {} }, "ana");
    await expect.poll(() => ran).toEqual(["slow began"]);
    const asked = ask(2, "tools/call", { name: "ask", arguments: {} }, "ana");
    await expect.poll(() => questions).toHaveLength(1);
    const [id] = questions;
    await say({ method: "notifications/cancelled", params: { requestId: 1 } }, "bob");
    await say({ id, result: { action: "accept", content: { sure: true } } }, "bob");
    expect(await ask(3, "tools/call", { name: "buy", arguments: { price: 1 } }, "bob")).toHaveProperty(
      "result",
    );
    await say({ id, result: { action: "decline" } }, "ana");
    expect(await asked).toMatchObject({ result: { content: [{ text: "decline" }] } });
    expect(ran).toEqual(["slow began", "buy 1 bob"]);
    await say({ method: "notifications/cancelled", params: { requestId: 1 } }, "ana");
    await expect.poll(() => ran).toContain("slow was told to stop");
    void slow;
    await close();
  });

  test("cannot stand in for the gate's own requests, or break it with what is no message", async () => {
    const { ask, ran, close } = await raw(POLICY);
    expect(await ask("portcullis:1", "tools/list", {})).toMatchObject({
      error: { message: expect.stringContaining("id is taken") },
    });
    expect(await ask(4, "tools/call", { name: 7 })).toMatchObject({ error: { code: -32602 } });
    expect(await ask(5, "tools/call", { name: "buy", arguments: { price: 2 } })).toHaveProperty("result");
    expect(ran).toEqual(["buy 2"]);
    await close();
  });
});

describe("a server made anew for each HTTP request", () => {
  async function over(mode: "legacy" | "modern") {
    const ran: string[] = [];
    const store = `sqlite:${join(folder, `http-${mode}.db`)}`;
    const rules = governance(POLICY, {
      name: "shop",
      store,
      principal: ({ extra }) => ({ id: String(extra?.["sub"]), roles: ["buyer"] }),
    });
    const handler = createMcpHandler(() => withGovernance(shop(ran), rules));
    const authInfo = { token: "t", clientId: "app", scopes: ["shop"], extra: { sub: "ana" } };
    const client = new Client(
      { name: "test", version: "1" },
      mode === "modern"
        ? { versionNegotiation: { mode: { pin: "2026-07-28" } } }
        : { versionNegotiation: { mode: "legacy" } },
    );
    const fetch = async (url: string | URL, init?: RequestInit) =>
      await handler.fetch(new Request(url, init), { authInfo });
    await client.connect(new StreamableHTTPClientTransport(new URL("http://127.0.0.1/mcp"), { fetch }));
    return { ran, store, rules, handler, client };
  }

  test.each(["legacy", "modern"] as const)(
    "is governed for a %s client, as whom its credential names",
    async (mode) => {
      const { ran, store, rules, handler, client } = await over(mode);
      expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["buy", "ask", "slow"]);
      const bought = await client.callTool({ name: "buy", arguments: { price: 5 } });
      expect(bought.content).toEqual([{ type: "text", text: "bought for 5" }]);
      expect(await client.callTool({ name: "buy", arguments: { price: 500 } })).toMatchObject({
        isError: true,
      });
      expect(ran).toEqual(["buy 5 app"]);
      await client.close();
      await handler.close();
      await rules.close();
      const calls = await recorded(store, 2);
      expect(calls.map(({ opened }) => [opened.era, opened.principal, opened.verdict])).toEqual([
        [mode, "ana", "allow"],
        [mode, "ana", "deny"],
      ]);
    },
  );
});

describe("what is given", () => {
  test("a policy that is wrong is refused at once, with all that is wrong in it", () => {
    const wrong = { rules: [{ name: "x", match: { tol: "a" }, allow: true }] } as unknown as PolicyGiven;
    expect(() => governance(wrong)).toThrow(Problems);
    expect(() => governance({ rules: [{ name: "x", deny: true }] })).toThrow(/says why/);
  });

  test("a policy whose own tests fail is not put in force", () => {
    const failing = {
      tests: [{ name: "all is well", call: { server: "s", tool: "t" }, expect: { verdict: "allow" } }],
    } as const satisfies PolicyGiven;
    expect(() => governance(failing)).toThrow(/"all is well" fails/);
  });

  test("a store that cannot be opened stops the server from connecting", async () => {
    writeFileSync(join(folder, "file"), "");
    const server = withGovernance(shop([]), POLICY, { store: `sqlite:${folder}/file/records.db` });
    await expect(server.connect(InMemoryTransport.createLinkedPair()[0])).rejects.toThrow(/cannot be made/);
    expect(() => governance(POLICY, { store: "mysql://x" })).toThrow(/neither sqlite/);
    expect(() => governance(POLICY, { name: "a b" })).toThrow(/letters, digits/);
  });
});
