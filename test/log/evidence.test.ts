// What a user does with evidence, by the commands alone: a gate, a witness, an auditor, and somebody with the database.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ENVIRONMENT, folderWith, portcullis, removeFolder, startGate } from "../gate/running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const VERIFIER = resolve("verifier/verify.mjs");
const CONFIG = {
  version: 1,
  policy: ["policy.yaml"],
  mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
};
const POLICY = "rules: [{name: all, match: {tool: '*'}, allow: true}]";

let folder: string;
let watching: ChildProcess | undefined;
beforeAll(() => {
  folder = folderWith({ "portcullis.yaml": JSON.stringify(CONFIG), "policy.yaml": POLICY });
});
afterAll(() => {
  watching?.kill("SIGKILL");
  removeFolder(folder);
});

/** Starts the gate, calls once, and stops it. */
async function oneCall(): Promise<void> {
  const gate = await startGate(folder);
  const client = new Client({ name: "evidence", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
  await client.callTool({ name: "echo", arguments: { message: "hello" } });
  await client.close();
  // It begins to keep the log a moment after its start, and says so.
  const health = new URL("/health/detailed", gate.url);
  await expect
    .poll(async () => JSON.stringify(((await (await fetch(health)).json()) as { log: object }).log), {
      timeout: 15_000,
      interval: 100,
    })
    .toMatch(/\{"sequenced_at":[1-9]\d*,"signed_at":[1-9]/);
  await gate.stop();
}

/** Starts a witness for that log; gives its key and its address. */
async function witness(log: string): Promise<{ readonly key: string; readonly url: string }> {
  const cli = resolve("src/cli/cli.ts");
  const words = [
    "audit",
    "witness",
    "--name",
    "w.example.com/1",
    "--state",
    join(folder, "witness"),
    "--log",
    log,
  ];
  watching = spawn(process.execPath, [cli, ...words], {
    env: ENVIRONMENT,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  for await (const piece of watching.stdout ?? []) {
    said += String(piece);
    const [, key, url] = /^key (\S+)\nready (\S+)\n/.exec(said) ?? [];
    if (key !== undefined && url !== undefined) return { key, url };
  }
  throw new Error("the witness did not start");
}

const run = async (...words: readonly string[]) => await portcullis(words, folder);

test("from the first call to an auditor's verdict, and what an operator cannot hide", async () => {
  await oneCall();
  const key = (await run("audit", "checkpoint", "--key")).out.trim();
  const { key: theirs, url } = await witness(key);
  const anchors = {
    w: { kind: "witness", url, key: theirs },
    tape: { kind: "file", path: "anchors.ndjson" },
  };
  const config = JSON.stringify({ ...CONFIG, anchors, outbound: { allow: ["127.0.0.1"] } });
  writeFileSync(join(folder, "portcullis.yaml"), config);
  await oneCall();

  const good = await run("audit", "verify", "--json");
  expect([good.code, good.err]).toEqual([0, ""]);
  expect(JSON.parse(good.out)).toMatchObject({ tenant: "default", found: 0, unsigned: 0 });

  const monday = await run("audit", "checkpoint");
  expect(monday.out).toContain("\n— w.example.com/1 ");
  writeFileSync(join(folder, "monday.note"), monday.out);

  const [line = ""] = (await run("logs", "--json")).out.split("\n");
  const { id } = JSON.parse(line) as { readonly id: string };
  expect((await run("audit", "prove", id, "--output", "call.bundle")).code).toBe(0);
  expect((await run("audit", "export-log", "--output", "log.bundle")).code).toBe(0);
  for (const bundle of ["call.bundle", "log.bundle"]) {
    const words = [VERIFIER, bundle, key, "--witness", theirs];
    const { status, stdout, stderr } = spawnSync(process.execPath, words, { cwd: folder, encoding: "utf8" });
    expect([status, stdout.slice(0, 5), stderr]).toEqual([0, "good:", ""]);
    const own = await run("audit", "verify", "--offline", bundle, "--key", key, "--witness", theirs);
    expect([own.code, own.out]).toEqual([0, ""]);
  }

  const since = await run("audit", "verify", "--since", "monday.note");
  expect([since.code, /, 0 of them read/.test(since.err)]).toEqual([0, true]);

  const db = new DatabaseSync(join(folder, ".portcullis/portcullis.db"));
  db.exec("drop trigger opened_no_update; update opened set verdict = 'deny' where tenant = 'default'");
  db.close();
  const bad = await run("audit", "verify");
  expect(bad.code).toBe(1);
  expect(bad.out).toMatch(/^altered {2}record \d+, opened call_/m);

  watching?.kill("SIGTERM");
  if (watching !== undefined) expect((await once(watching, "exit"))[0]).toBe(0);
}, 90_000);
