// The command as an older Node.js runs it: it starts the one of the checkout, and what it starts does not outlive it.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ENVIRONMENT, folderWith, removeFolder } from "../../gate/running.ts";
import { ended, until } from "../../servers/talk.ts";

/** Makes the launcher take this Node.js for an old one; what it starts is told nothing of it. */
const OLD = `data:text/javascript,Object.defineProperty(process,"versions",{value:{...process.versions,node:"20.0.0"}})`;
const BIN = resolve("bin/portcullis.js");
/** Says who it is and what it was given, then the bytes of what it is told, in base64. */
const SERVER = `
const say = (params) => process.stdout.write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/said", params }) + "\\n");
say({ pid: process.pid, env: Object.keys(process.env).sort() });
process.stdin.on("data", (piece) => say({ got: piece.toString("base64") }));
process.stdin.on("end", () => process.exit(9));
`;

let folder: string;
beforeAll(() => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { none: { url: "http://127.0.0.1:9/mcp" } },
    }),
    "policy.yaml": "rules: []\n",
  });
});
afterAll(() => removeFolder(folder));

function launch(...words: readonly string[]): {
  readonly child: ChildProcess;
  readonly line: () => Promise<string>;
} {
  const child = spawn(process.execPath, ["--import", OLD, BIN, ...words], {
    cwd: folder,
    env: { ...ENVIRONMENT, XDG_STATE_HOME: folder },
    stdio: ["pipe", "pipe", "inherit"],
  });
  const lines = createInterface(child.stdout)[Symbol.asyncIterator]();
  return { child, line: async () => String((await lines.next()).value) };
}

const wrapped = ["wrap", "--name", "it", "--", process.execPath, "-e", SERVER];
const paramsOf = (line: string): Record<string, unknown> =>
  (JSON.parse(line) as { params: Record<string, unknown> }).params;

test("a gate ends when its launcher is killed and cannot say so", async () => {
  const { child, line } = launch("start", "--config", "portcullis.yaml", "--port", "0");
  let said = await line();
  while (!said.startsWith("ready ")) said = await line();
  const health = said.slice("ready ".length).replace(/\/mcp.*/, "/health");
  expect((await fetch(health)).status).toBe(200);
  child.kill("SIGKILL");
  await until(() =>
    fetch(health).then(
      () => false,
      () => true,
    ),
  );
});

test("wrap and its server end when the launcher is killed", async () => {
  const { child, line } = launch(...wrapped);
  const { pid } = paramsOf(await line());
  child.kill("SIGKILL");
  expect(await ended(Number(pid))).toBe(true);
});

test("through the launcher wrap passes bytes, end of input and the exit code, and its server sees nothing of it", async () => {
  const { child, line } = launch(...wrapped);
  const { env } = paramsOf(await line());
  expect(env).toEqual(Object.keys({ ...ENVIRONMENT, XDG_STATE_HOME: folder }).sort());
  const message = '{ "jsonrpc":"2.0",  "method":"notifications/odd", "params":{"n":1.50,"ä":"\\u00e4"} }\n';
  child.stdin?.write(message);
  expect(paramsOf(await line())).toEqual({ got: Buffer.from(message).toString("base64") });
  child.stdin?.end();
  expect((await once(child, "exit"))[0]).toBe(9);
});
