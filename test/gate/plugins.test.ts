import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { json } from "node:stream/consumers";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { loadSandboxed } from "../../src/plugin/load.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const EXAMPLES = resolve("examples/plugins");
const planted = resolve("test/servers/planted.ts");
const configuration = (plugins: object): string =>
  JSON.stringify({
    version: 1,
    policy: ["policy.yaml"],
    plugins,
    outbound: { allow: ["127.0.0.1"] },
    mcpServers: { web: { command: process.execPath, args: [planted] } },
  });
const POLICY = "defaults: { verdict: allow }\n";

/** Trusted, it may take its time; from the call on that says so it never answers. */
const MEETINGS = `
import { definePlugin } from "portcullis/plugin";
export const plugin = definePlugin({
  name: "anything", version: "1", tier: "tighten", broken: "pass", classes: ["malformed"], roles: ["argument", "result"],
  async look(text) {
    if (text === "be silent") await new Promise(() => {});
    const from = text.indexOf("meeting");
    return from < 0 ? [] : [{ class: "malformed", severity: "high", score: 0.9, from, until: from + 7, why: "a meeting" }];
  },
});
`;

/** A program elsewhere: it takes a word for a name as LLM Guard would, and refuses a call as an interceptor would. */
const elsewhere = createServer((request, response) => {
  void (async () => {
    const { prompt, output, id, method, params } = (await json(request)) as Record<string, never>;
    const asked: string = prompt || output || "";
    const of = (result: object): object => ({ jsonrpc: "2.0", id, result });
    const interceptors = [
      { name: "sealed", type: "validation", hook: { events: ["tools/call"], phase: "request" } },
    ];
    const said: Record<string, object> = {
      initialize: of({
        protocolVersion: "2025-11-25",
        capabilities: {},
        serverInfo: { name: "i", version: "1" },
      }),
      "interceptors/list": of({ interceptors }),
      "interceptor/invoke": of({
        valid: !JSON.stringify(params ?? {}).includes('"text":"sealed"'),
        severity: "error",
      }),
    };
    const scanned = {
      is_valid: !asked.includes("Ana"),
      scanners: { Anonymize: 1 },
      sanitized_prompt: asked.replace("Ana", "[REDACTED_PERSON_1]"),
    };
    response.end(JSON.stringify(method === undefined ? scanned : (said[method] ?? {})));
  })();
});

/** The example over HTTP, and where it listens. */
const example = spawn(process.execPath, [join(EXAMPLES, "http-guard.mjs")], { env: { PORT: "0" } });

let gate: RunningGate;
const client = new Client({ name: "reader", version: "1" });
beforeAll(async () => {
  await once(elsewhere.listen(0, "127.0.0.1"), "listening");
  const url = `http://127.0.0.1:${(elsewhere.address() as AddressInfo).port}`;
  const [line] = (await once(example.stdout, "data")) as [Buffer];
  const folder = folderWith({
    "portcullis.yaml": configuration({
      rumours: { kind: "http", url: line.toString().replace("listening on ", "").trim(), broken: "stop" },
      people: { kind: "llm_guard", url, broken: "stop", timeout_ms: 9000 },
      chain: { kind: "interceptors", url, broken: "stop", timeout_ms: 9000 },
      meetings: { kind: "module", file: "meetings.mjs", timeout_ms: 300 },
      projects: { kind: "sandbox", file: join(EXAMPLES, "codenames.js"), timeout_ms: 2000 },
      loud: { kind: "sandbox", file: join(EXAMPLES, "shouting.js"), timeout_ms: 2000 },
    }),
    "policy.yaml": POLICY,
    "meetings.mjs": MEETINGS,
  });
  gate = await startGate(folder);
  await client.connect(new StreamableHTTPClientTransport(new URL(`${gate.url}/web`)));
});
afterAll(async () => {
  await client.close();
  expect(await gate.stop()).toBe(0);
  example.kill();
  elsewhere.closeAllConnections();
  elsewhere.close();
  removeFolder(gate.folder);
});

async function call(name: string, args: Record<string, unknown>): Promise<string> {
  const result = await client.callTool({ name, arguments: args });
  return (result.content as readonly { text?: string }[]).map(({ text }) => text ?? "").join("\n");
}
const gateRun = (...words: readonly string[]): ReturnType<typeof portcullis> =>
  portcullis([...words, "--config", join(gate.folder, "portcullis.yaml")], gate.folder);
async function whyOf(id: string): Promise<string> {
  return (await gateRun("why", id)).out;
}

describe("a running gate", () => {
  test("withholds what a trusted plugin blocks, and says which plugin it was", async () => {
    const text = await call("give", { what: "clean" });
    expect(text).toMatch(/^BLOCKED: the server ran it, and its answer is withheld/);
    expect(text).toContain("(rule meetings)");
    const story = await whyOf(/dec_[0-9a-z]{26}/.exec(text)?.[0] ?? "");
    expect(story).toMatch(/guards +answer: .*meetings \d/);
    expect(story).toMatch(/guards +arguments: .*projects \d/);
  });

  test("masks what a sandboxed plugin finds, in any disguise: the server does not get it", async () => {
    await call("take", { text: "ask for Bluefin and ｎｉｇｈｔｊａｒ" });
    const codes = await call("last", { as: "codes" });
    const got = String.fromCharCode(...codes.split("_").map(Number));
    expect(got).toContain("ask for [CODENAME] and [CODENAME]");
  });

  test("programs elsewhere are asked: what they find is masked or stopped, and on record", async () => {
    await call("take", { text: "Ana knows of the merger" });
    const codes = await call("last", { as: "codes" });
    const got = String.fromCharCode(...codes.split("_").map(Number));
    expect(got).toContain("[PERSON] knows of the [RUMOUR]");
    const text = await call("take", { text: "sealed" });
    expect(text).toMatch(/^BLOCKED because of what its arguments hold/);
    expect(text).toContain("(rule chain)");
    const story = await whyOf(/dec_[0-9a-z]{26}/.exec(text)?.[0] ?? "");
    expect(story).toMatch(/guards +arguments: .*rumours \d.*people \d.*chain \d/);
    expect(story).toContain("chain: malformed sealed (high) in /text");
  });

  test("a plugin that does not answer has not run, and does what it declares", async () => {
    await call("take", { text: "be silent" });
    const { out } = await gateRun("logs", "--json");
    const lines = out.split("\n").filter((line) => line.includes("take"));
    const stories = await Promise.all(lines.map((line) => whyOf(/call_[0-9a-z]{26}/.exec(line)?.[0] ?? "")));
    const story = stories.find((each) => each.includes("be silent")) ?? "";
    expect(story).toContain("not looked at by meetings: it took too long");
    expect(story).not.toMatch(/guards +arguments: [^\n]*meetings/);
  });
});

test("a gate with plugins that cannot be used does not start, and says what is wrong with each", async () => {
  const folder = folderWith({
    "portcullis.yaml": configuration({
      none: { kind: "sandbox", file: "wrong.js" },
      mild: { kind: "sandbox", file: "mild.js", action: "block" },
    }),
    "policy.yaml": POLICY,
    "wrong.js": "export const other = 1;",
    "mild.js": readFileSync(join(EXAMPLES, "urgency.js"), "utf8"),
  });
  const { code, err } = await portcullis(["start", "--port", "0"], folder);
  expect({ code, err }).toEqual({ code: 2, err: expect.stringContaining("exports no `plugin`") });
  expect(err).toContain("its tier is annotate, which can lead to no `block`");
  removeFolder(folder);
});

const examples = readdirSync(EXAMPLES).filter((name) => name.endsWith(".js"));

test.each(examples)("the example %s does in a sandbox what its data say", async (name) => {
  const { ask, close } = await loadSandboxed(join(EXAMPLES, name), 2000);
  const lines = readFileSync(join(EXAMPLES, `${name}onl`), "utf8")
    .trim()
    .split("\n");
  const rows = lines.map((line) => JSON.parse(line) as { id: string; text: string; label: boolean });
  const texts = rows.map(({ text }) => ({ text, field: { role: "text" as const } }));
  const found = await ask(texts, new AbortController().signal);
  await close();
  expect(rows.map(({ id }, at) => [id, (found[at] ?? []).some(({ score }) => score >= 0.5)])).toEqual(
    rows.map(({ id, label }) => [id, label]),
  );
  expect(readFileSync(join(EXAMPLES, name), "utf8").split("\n").length).toBeLessThanOrEqual(32);
});

test("`plugin test` tells recall, false positives and each line that was judged wrongly", async () => {
  const folder = folderWith({
    "data.jsonl": [
      { id: "a", text: "Bluefin", label: true },
      { id: "b", text: "Sea bass", label: true },
      { id: "c", text: "nightjar", label: false },
      { id: "d", text: "nothing", label: false },
    ]
      .map((line) => JSON.stringify(line))
      .join("\n"),
  });
  const file = join(EXAMPLES, "codenames.js");
  const { code, out, err } = await portcullis(["plugin", "test", file, "--data", "data.jsonl"], folder);
  expect(code).toBe(1);
  expect(out).toBe("recall           50.0 %   1 of 2\nfalse positives  50.0 %   1 of 2\n");
  expect(err).toContain('"b": missed');
  expect(err).toContain('"c": found, where nothing is');
  removeFolder(folder);
});
