import fc from "fast-check";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Call } from "../../src/call/call.ts";
import type { Principal } from "../../src/call/principal.ts";
import { loadConfig } from "../../src/config/load.ts";
import { outlook } from "../../src/gateway/can/who-can.ts";
import type { Gate } from "../../src/gateway/gate.ts";
import { inForceUnder } from "../../src/gateway/in-force.ts";
import { Catalogue } from "../../src/gateway/lists/catalogue.ts";
import { judged } from "../../src/gateway/settle.ts";
import { construct, type Running } from "../../src/main.ts";
import { compile } from "../../src/policy/compile.ts";
import { openLog } from "../../src/telemetry/log.ts";
import { type NotesServer, notesServer } from "../identity/notes-server.ts";
import { textOf } from "../policy/compare.ts";
import { BASE } from "../policy/conditions.ts";
import { calls } from "../policy/generated-calls.ts";
import { policies } from "../policy/generated-policies.ts";
import { RESOURCE_ARGS } from "../policy/naive.ts";
import { folderWith, portcullis, type RunningGate, removeFolder, startGate } from "./running.ts";

describe("what is answered is what happens", () => {
  let folder: string;
  let running: Running;
  let gateUnder: (text: string) => Promise<Gate>;
  const reading = { resourceArgs: () => RESOURCE_ARGS, root: BASE };
  beforeAll(async () => {
    folder = folderWith({
      "portcullis.yaml": JSON.stringify({
        policy: "policy.yaml",
        auth: { mode: "required", api_keys: true },
        mcpServers: Object.fromEntries(
          ["files", "git_hub", "git-hub", "web"].map((name) => [name, { command: "false" }]),
        ),
      }),
      "policy.yaml": "rules: []",
    });
    const { config } = loadConfig({ file: `${folder}/portcullis.yaml`, env: {} });
    const policy = compile([{ file: "p", text: "rules: []" }], reading);
    running = await construct({ config, policy, log: openLog("fatal"), version: "0.0.0-test" });
    gateUnder = async (text) => {
      const own = compile([{ file: "p.yaml", text }], reading);
      const inForce = (await inForceUnder(config, new Catalogue(() => 0), (each) => each, undefined))({
        policy: own,
      });
      const { of: _, ...rest } = running.gate;
      return { ...rest, ...inForce, inForce: () => inForce };
    };
  });
  afterAll(async () => {
    await running.close();
    removeFolder(folder);
  });

  const roles = fc.subarray(["dev", "ops-lead", "auditor", "user", "viewer"]);

  test("with arguments, for that call; without, for every call, whatever it brings", async () => {
    const seen = new Set<string>();
    const some = fc.array(fc.tuple(calls, roles), { minLength: 10, maxLength: 10 });
    const property = fc.asyncProperty(policies, some, async (written, asked) => {
      const gate = await gateUnder(textOf(written));
      for (const [one, own] of asked) {
        if (one.target.kind !== "tool") continue;
        const principal: Principal = { ...one.principal, roles: [...own], source: "token" };
        const call: Call = {
          ...one,
          principal,
          at: gate.now(),
          inexact: [],
          client: undefined,
          era: "modern",
        };
        const { server, target, args } = call;
        const name = "name" in target ? target.name : "";
        const { verdict } = await judged(gate, call);
        const real = verdict.kind === "hold" ? "ask" : verdict.kind;
        const exact = await outlook(gate, principal, server, name, args);
        // Who asks what others can do hears which rule hides it; who calls does not.
        const rules = ["default", ...written.rules.map(({ name }) => name)];
        if (verdict.rule.rule === "visibility")
          expect([exact.verdict, rules.includes(exact.rule ?? "")]).toEqual(["deny", true]);
        else expect([exact.verdict, exact.rule]).toEqual([real, verdict.rule.rule]);
        const whatever = await outlook(gate, principal, server, name, undefined);
        seen.add(whatever.verdict);
        if (whatever.verdict !== "depends") expect([whatever.verdict, written]).toEqual([real, written]);
        else expect(whatever.on.length).toBeGreaterThan(0);
      }
    });
    await fc.assert(property, { numRuns: 60 });
    expect([...seen].toSorted()).toEqual(["allow", "ask", "depends", "deny"].toSorted());
  });
});

describe("on a running gate", () => {
  let notes: NotesServer;
  let folder: string;
  let gate: RunningGate;
  beforeAll(async () => {
    notes = await notesServer();
    folder = folderWith({
      "portcullis.yaml": JSON.stringify({
        policy: ["policy.yaml"],
        auth: { mode: "required", api_keys: true },
        mcpServers: { notes: { url: notes.url } },
      }),
      "policy.yaml": `rules:
  - { name: readers, match: { role: reader, tool: "read*" }, allow: true }
  - { name: writers, match: { role: writer }, when: 'args.text != "secret"', allow: true }
`,
    });
    gate = await startGate(folder);
  });
  afterAll(async () => {
    await gate.stop();
    removeFolder(folder);
    notes.stop();
  });

  async function key(principal: string, ...words: readonly string[]): Promise<string> {
    const { out } = await portcullis(
      ["keys", "create", "--json", "--principal", principal, ...words],
      folder,
    );
    return (JSON.parse(out) as { key: string }).key;
  }

  /** Whether a call passes, as its client hears it. */
  async function passes(bearer: string, name: string, args: object): Promise<boolean> {
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": {},
      "io.modelcontextprotocol/clientInfo": { name: "t", version: "1" },
    };
    const answer = await fetch(gate.url, {
      method: "POST",
      headers: {
        "content-type": "application/json",
        accept: "application/json, text/event-stream",
        authorization: `Bearer ${bearer}`,
        "mcp-protocol-version": "2026-07-28",
        "mcp-method": "tools/call",
        "mcp-name": name,
      },
      body: JSON.stringify({
        jsonrpc: "2.0",
        id: 1,
        method: "tools/call",
        params: { name, arguments: args, _meta },
      }),
    });
    const text = await answer.text();
    return answer.status === 200 && !text.includes("BLOCKED") && !text.includes('"error"');
  }

  test("who-can and what-can name each principal, on what it depends, and are borne out by calls", async () => {
    const keys = {
      ana: await key("ana", "--role", "reader"),
      bo: await key("bo", "--role", "writer"),
      cy: await key("cy", "--role", "reader", "--role", "auditor"),
      dee: await key("dee", "--role", "auditor"),
    };
    const tools = (await portcullis(["what-can", "bo", "--json"], folder)).out;
    const { tool } = JSON.parse(tools.split("\n")[0] ?? "") as { tool: string };
    for (const args of [{ text: "secret" }, { text: "x" }]) {
      const words = ["who-can", "notes", tool, "--args", JSON.stringify(args), "--json"];
      const { out } = await portcullis(words, folder);
      const said = out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { principal: string; from: string; verdict: string });
      for (const [id, bearer] of Object.entries(keys)) {
        const own = said.find(({ principal, from }) => principal === id && from === "key");
        expect([id, tool, args, own?.verdict === "allow"]).toEqual([
          id,
          tool,
          args,
          await passes(bearer, tool, args),
        ]);
      }
    }
    const plain = await portcullis(["who-can", "notes", tool], folder);
    expect(plain.out).toMatch(/bo +writer +key \S+ +depends +allow writers if args.text != "secret"/);
    expect(plain.out).toMatch(/role:writer +writer +role +depends/);
    expect(plain.out).toMatch(/dee +auditor +key \S+ +deny/);
    expect((await portcullis(["who-can", "nowhere", "x"], folder)).code).toBe(2);
  }, 90_000);
});
