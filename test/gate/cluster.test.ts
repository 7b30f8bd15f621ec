import { join, resolve } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { NO_REDIS, type Redis, startRedis } from "../redis.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
defaults: { verdict: allow }
rules:
  - name: echoes
    match: { tool: echo }
    limit: { rate: 5/hour, per: [user], burst: 5 }
    why: Echoes are dear.
  - name: all-tenants
    match: { tool: echo }
    limit: { quota: 1000/day, per: [global] }
  - name: images
    match: { tool: get-tiny-image }
    limit: { quota: 1/day, enforcement: soft }
`;

interface Said {
  readonly text: string;
  readonly headers: Headers;
}

let id = 0;
/** One call of a client of 2026-07-28, and what came back with its fields. */
async function call({ url }: RunningGate, name: string, args: object = { message: "hi" }): Promise<Said> {
  const _meta = {
    "io.modelcontextprotocol/protocolVersion": "2026-07-28",
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const response = await fetch(url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/call",
      "mcp-name": name,
    },
    body: JSON.stringify({
      jsonrpc: "2.0",
      id: (id += 1),
      method: "tools/call",
      params: { name, arguments: args, _meta },
    }),
  });
  const { result } = (await response.json()) as { result: { content: readonly { text?: string }[] } };
  return { text: result.content[0]?.text ?? "", headers: response.headers };
}

async function healthOf({
  url,
}: RunningGate): Promise<{ readonly status: string; readonly limits: unknown }> {
  const health = await fetch(new URL("/health/detailed", url));
  return (await health.json()) as { status: string; limits: unknown };
}
const limitsOf = async (gate: RunningGate): Promise<unknown> => (await healthOf(gate)).limits;

describe.skipIf(NO_REDIS !== undefined)(
  `two gates on one Redis${NO_REDIS === undefined ? "" : ` (${NO_REDIS})`}`,
  () => {
    let redis: Redis;
    let gates: readonly RunningGate[] = [];
    let folder: string;
    const gate = (at: number): RunningGate => {
      const one = gates[at % 2];
      if (one === undefined) throw new Error("no gate");
      return one;
    };
    beforeAll(async () => {
      redis = await startRedis(true);
      folder = folderWith({
        "portcullis.yaml": JSON.stringify({
          version: 1,
          policy: ["policy.yaml"],
          cluster: redis.url,
          mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
        }),
        "policy.yaml": POLICY,
      });
      const first = await startGate(folder);
      gates = [first, await startGate(folder)];
    });
    afterAll(async () => {
      for (const one of gates) expect(await one.stop()).toBe(0);
      await redis.stop();
      removeFolder(folder);
    });

    test("share a limit, and tell clients how it stands", async () => {
      const said: Said[] = [];
      for (let at = 0; at < 7; at += 1) said.push(await call(gate(at), "echo"));
      expect(said.map(({ text }) => text.split(".")[0])).toEqual([
        ...Array(5).fill("Echo: hi"),
        "LIMIT reached",
        "LIMIT reached",
      ]);
      const [first, second] = said;
      expect(first?.headers.get("ratelimit-policy")).toBe('"echoes";q=5;w=3600, "echoes:burst";q=5;w=3600');
      expect(first?.headers.get("ratelimit")).toMatch(
        /^"echoes";r=4;t=36\d\d, "echoes:burst";r=4;t=7[12]\d$/,
      );
      expect(second?.headers.get("ratelimit")).toMatch(/^"echoes";r=3;/);
      expect(first?.headers.has("retry-after")).toBe(false);
      const { headers } = said[6] ?? {};
      expect(headers?.get("ratelimit")).toMatch(/^"echoes";r=0;t=3[56]\d\d$/);
      expect(headers?.get("retry-after")).toMatch(/^3[56]\d\d$/);
    });

    test("refuse what a limit counts while Redis is away, pass what none refuses, and go on when it is back", async () => {
      expect(await Promise.all(gates.map(limitsOf))).toEqual(["ok", "ok"]);
      await redis.kill();
      const { text, headers } = await call(gate(0), "echo");
      expect(text).toMatch(/^UNAVAILABLE because limits cannot be counted now\. The call has not run\.\n/);
      expect(text).toContain("(rule uncounted)");
      expect(headers.has("retry-after")).toBe(false);
      expect((await call(gate(1), "get-sum", { a: 1, b: 2 })).text).toContain("3");
      expect((await call(gate(1), "get-tiny-image", {})).text).not.toContain("UNAVAILABLE");
      expect(await healthOf(gate(0))).toMatchObject({
        status: "degraded",
        limits: expect.stringMatching(/cannot be reached|does not count/),
      });
      const seen = await portcullis(["doctor", "--config", join(folder, "portcullis.yaml")], folder);
      expect(seen.out).toMatch(/limits +redis:\/\/127\.0\.0\.1:\d+ cannot be reached: ECONNREFUSED/);
      const logs = await portcullis(["logs", "--json", "--config", join(folder, "portcullis.yaml")], folder);
      expect(logs.out).toContain('"rule":"uncounted"');
      await redis.again();
      while ((await limitsOf(gate(0))) !== "ok") {
        await call(gate(0), "echo");
        await later(50);
      }
      expect((await call(gate(0), "echo")).text).toMatch(/^LIMIT reached/);
      expect(gate(0).errors()).toContain("limits are counted in Redis");
      expect(await healthOf(gate(0))).toMatchObject({ status: "healthy", store: "ok" });
    });
  },
);
