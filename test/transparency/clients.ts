import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { Agent, type IncomingMessage, request as httpRequest } from "node:http";
import { resolve } from "node:path";
import { text as consume } from "node:stream/consumers";
import { encodeMirrored } from "../../src/wire/field.ts";
import { linesInto, Queue } from "./queue.ts";

const CLI = resolve("src/cli/cli.ts");

/** What comes back for one request: asides, then the answer. */
export interface Heard {
  readonly next: () => Promise<Buffer>;
}

/** A client made by hand: it says exactly these bytes and gives exactly those that came. */
export interface RawClient {
  readonly ask: (text: string | Buffer, method: string) => Heard;
  /** A notification, or a response. */
  readonly tell: (text: string, method: string) => Promise<void>;
  /** What belongs to no request. */
  readonly stray: Heard;
  readonly close: () => Promise<void>;
}

export const INITIALIZE =
  '{"jsonrpc":"2.0","id":"begin","method":"initialize","params":{"protocolVersion":"2025-11-25","capabilities":{"elicitation":{},"sampling":{}},"clientInfo":{"name":"raw","version":"1"}}}';
export const INITIALIZED = '{"jsonrpc":"2.0","method":"notifications/initialized"}';

export interface StdioClient extends RawClient {
  readonly child: ChildProcess;
  readonly lines: Queue<Buffer>;
  readonly errors: () => string;
}

/** A client that starts `portcullis` with these words and speaks to it on its pipe. */
export async function stdioClient(
  words: readonly string[],
  env: Readonly<Record<string, string>>,
  era: "legacy" | "modern",
  cwd = process.cwd(),
): Promise<StdioClient> {
  const child = spawn(process.execPath, [CLI, ...words], {
    cwd,
    env: { ...process.env, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const lines = new Queue<Buffer>("the stdio client");
  let errors = "";
  child.stdin.on("error", () => undefined);
  child.stdout.on(
    "data",
    linesInto((line) => lines.put(line)),
  );
  child.stderr.on("data", (piece: Buffer) => {
    errors += piece.toString();
  });
  const say = (text: string | Buffer): void => {
    child.stdin.write(text);
    child.stdin.write("\n");
  };
  const heard: Heard = { next: () => lines.take() };
  if (era === "legacy") {
    say(INITIALIZE);
    await lines.take();
    say(INITIALIZED);
  }
  return {
    child,
    lines,
    errors: () => errors,
    ask(text) {
      say(text);
      return heard;
    },
    tell: (text) => Promise.resolve(say(text)),
    stray: heard,
    async close() {
      child.stdin.end();
      if (child.exitCode === null && child.signalCode === null) await once(child, "close");
    },
  };
}

export interface HttpClient extends RawClient {
  /** One exchange to its end, with these header fields over the client's own. */
  readonly post: (
    bytes: string | Buffer,
    fields: Readonly<Record<string, string>>,
  ) => Promise<{ readonly status: number | undefined; readonly body: string }>;
  /** What the headers of a message say again in the modern era. */
  readonly mirrored: (text: string, method: string) => Readonly<Record<string, string>>;
}

/**
 * A client on HTTP. In the modern era its headers say what the body says. `one_ear`: it does not tell on which stream it
 * heard something, because a server on a pipe has but one.
 */
export async function httpClient(
  url: string,
  era: "legacy" | "modern",
  one_ear: boolean,
): Promise<HttpClient> {
  const agent = new Agent({ keepAlive: true });
  const own: Record<string, string> = {};
  const stray = new Queue<Buffer>("the GET stream");

  function send(
    verb: "POST" | "GET" | "DELETE",
    text: string | Buffer,
    more: Readonly<Record<string, string>>,
  ): Promise<IncomingMessage> {
    const request = httpRequest(url, {
      agent,
      method: verb,
      headers: {
        accept: verb === "GET" ? "text/event-stream" : "application/json, text/event-stream",
        ...(verb === "POST" && {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(text),
        }),
        ...own,
        ...more,
      },
    });
    request.end(verb === "POST" ? text : undefined);
    return new Promise((resolve, reject) => {
      request.once("response", resolve);
      request.once("error", reject);
    });
  }
  const mirrored = (text: string | Buffer, method: string): Readonly<Record<string, string>> => {
    if (era === "legacy") return {};
    const params = (JSON.parse(text.toString()) as { params?: Record<string, unknown> }).params ?? {};
    const source = {
      "tools/call": "name",
      "prompts/get": "name",
      "resources/read": "uri",
      "tasks/get": "taskId",
    }[method];
    const name = source === undefined ? undefined : params[source];
    return {
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": method,
      ...(typeof name === "string" && { "mcp-name": encodeMirrored(name) }),
    };
  };

  if (era === "legacy") {
    const began = await send("POST", INITIALIZE, {});
    began.resume();
    own["mcp-session-id"] = String(began.headers["mcp-session-id"]);
    own["mcp-protocol-version"] = "2025-11-25";
    (await send("POST", INITIALIZED, {})).resume();
    const listening = await send("GET", "", {});
    if (listening.statusCode === 200) readInto(listening, (bytes) => stray.put(bytes));
    else listening.resume();
  }
  return {
    ask(text, method) {
      const heard = one_ear ? stray : new Queue<Buffer>("the HTTP client");
      void send("POST", text, mirrored(text, method)).then((response) =>
        readInto(response, (bytes) => heard.put(bytes)),
      );
      return { next: () => heard.take() };
    },
    async tell(text, method) {
      const response = await send("POST", text, mirrored(text, method));
      response.resume();
      if (response.statusCode !== 202) throw new Error(`told, and got HTTP ${response.statusCode}`);
    },
    stray: { next: () => stray.take() },
    mirrored,
    async post(bytes, fields) {
      const response = await send("POST", bytes, fields);
      return { status: response.statusCode, body: await consume(response) };
    },
    async close() {
      if (era === "legacy") (await send("DELETE", "", {})).resume();
      agent.destroy();
    },
  };
}

/** The messages of a response: its body, or the data of its events. */
function readInto(response: IncomingMessage, put: (bytes: Buffer) => void): void {
  if (response.headers["content-type"] !== "text/event-stream") {
    const chunks: Buffer[] = [];
    response.on("data", (chunk: Buffer) => chunks.push(chunk));
    response.on("end", () => put(Buffer.concat(chunks)));
    return;
  }
  let data: Buffer[] = [];
  const PREFIX = "data: ";
  response.on(
    "data",
    linesInto((line) => {
      if (line.length > 0) {
        if (line.subarray(0, PREFIX.length).toString() === PREFIX) data.push(line.subarray(PREFIX.length));
        return;
      }
      const all = data.flatMap((one, at) => (at === 0 ? [one] : [Buffer.from("\n"), one]));
      data = [];
      const bytes = Buffer.concat(all);
      if (bytes.length > 0) put(bytes);
    }),
  );
}
