// An MCP server (legacy, stdio) that misbehaves where its caller asks it to: the name of the tool says how.
// Its argument says what is wrong with the whole process: `deaf` (ignores end of input and SIGTERM), `mute` (never
// answers), `leaver` (exits on anything before `initialize`), `dying` (exits at once).
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

interface Incoming {
  readonly id?: string | number;
  readonly method?: string;
  readonly params?: {
    readonly name?: string;
    readonly arguments?: { readonly n?: number };
    readonly requestId?: string | number;
    readonly _meta?: { readonly progressToken?: string | number };
  };
  readonly result?: unknown;
}

const wrong = process.argv[2] ?? "";
const cancelled: (string | number)[] = [];
const waiting = new Map<string, string | number>();

const say = (message: object): void =>
  void process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

/** One gigantic line, written as fast as it is read. */
async function longLine(bytes: number): Promise<void> {
  const piece = Buffer.alloc(1024 * 1024, "x");
  for (let written = 0; written < bytes; written += piece.length) {
    if (!process.stdout.write(piece)) await new Promise((resolve) => process.stdout.once("drain", resolve));
  }
  process.stdout.write("\n");
}

async function call(id: string | number, { params }: Incoming): Promise<void> {
  const answer = (text: string): void => say({ id, result: { content: [{ type: "text", text }] } });
  const n = params?.arguments?.n ?? 1;
  const progress = (value: number): void =>
    say({
      method: "notifications/progress",
      params: { progressToken: params?._meta?.progressToken, progress: value },
    });
  const how = params?.name ?? "";
  switch (how) {
    case "echo":
      return answer(JSON.stringify(params?.arguments));
    case "environment":
      return answer(JSON.stringify(process.env));
    case "crash":
      process.stderr.write("about to crash\n");
      return process.exit(3);
    case "hang":
      return undefined;
    case "garbage":
      process.stdout.write('Server listening on stdio\n{"jsonrpc":"2.0"\n[1,2]\n');
      process.stdout.write(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x7d, 0x0a]));
      return answer("after garbage");
    case "garbled-id":
      return void process.stdout.write(
        `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"a":1,"a":2}}\n`,
      );
    case "garbled":
      return void process.stdout.write('{"jsonrpc":"2.0","result":{"a":"unfinished\n');
    case "garbled-long": {
      const head = `{"jsonrpc":"2.0","id":${JSON.stringify(id)},"result":{"a":"`;
      return void process.stdout.write(`${head}${"x".repeat(n)}\n`);
    }
    case "garbled-notice":
      process.stdout.write('{"jsonrpc":"2.0","method":"notifications/message","params":{"a":1,"a":2}}\n');
      return answer("after a notice");
    case "long":
      await longLine(n);
      return answer("after a long line");
    case "twice":
      answer("first");
      return answer("second");
    case "wrong-id":
      say({ id: "nobody", result: {} });
      say({ id: String(id), result: { content: [] } });
      return answer("right");
    case "progress":
      for (let value = 1; value <= n; value += 1) {
        progress(value);
        await pause(100);
      }
      return answer("done");
    case "until-told":
      progress(1);
      return void process.once("SIGUSR1", () => answer("done"));
    case "burst":
      for (let value = 1; value <= n; value += 1) progress(value);
      return answer("done");
    case "ask":
      waiting.set("question", id);
      return say({ id: "question", method: "elicitation/create", params: { message: "?" } });
    case "announce":
      say({ method: "notifications/tools/list_changed" });
      say({ method: "notifications/message", params: { level: "info", data: "announced" } });
      return answer("announced");
    case "announce-later":
      setTimeout(() => say({ id: 7, method: "roots/list" }), 20);
      return answer("soon");
    case "flood": {
      const line = `${"noise ".repeat(100)}\n`;
      for (let written = 0; written < n; written += line.length) process.stderr.write(line);
      return answer("flooded");
    }
    case "leak":
      process.stderr.write(`the key is ${process.env["SERVICE_KEY"]}\n`);
      await pause(50);
      return process.exit(1);
    case "fork": {
      const body = "process.on('SIGTERM',()=>{});setInterval(()=>{},1000)";
      const grandchild = spawn(process.execPath, ["-e", body], { stdio: "inherit" });
      return answer(String(grandchild.pid));
    }
    case "cut":
      process.stdout.write(`{"jsonrpc":"2.0","id":${JSON.stringify(id)},"resu`, () => process.exit(0));
      return undefined;
    case "cancelled":
      return answer(JSON.stringify(cancelled));
    case "pid":
      return answer(String(process.pid));
    default:
      return say({ id, error: { code: -32602, message: `no tool ${how}` } });
  }
}

function take(message: Incoming): void {
  const { id, method } = message;
  if (method === "notifications/cancelled" && message.params?.requestId !== undefined) {
    cancelled.push(message.params.requestId);
  }
  if (method === undefined && typeof id === "string" && waiting.has(id)) {
    const asked = waiting.get(id);
    waiting.delete(id);
    say({ id: asked, result: { content: [{ type: "text", text: JSON.stringify(message.result) }] } });
  }
  if (method === undefined || id === undefined || wrong === "mute") return;
  if (wrong === "leaver" && method !== "initialize") process.exit(1);
  if (method === "tools/call") return void call(id, message);
  if (method !== "initialize") return say({ id, error: { code: -32601, message: "Method not found" } });
  const serverInfo = { name: "unruly", version: "1" };
  return say({ id, result: { protocolVersion: "2025-11-25", capabilities: { tools: {} }, serverInfo } });
}

if (wrong === "dying") process.exit(1);
if (wrong === "deaf") {
  process.on("SIGTERM", () => undefined);
  setInterval(() => undefined, 1000);
}
createInterface({ input: process.stdin }).on("line", (line) => take(JSON.parse(line) as Incoming));
