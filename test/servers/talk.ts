// What tests of upstreams say, and how they read what comes back.
import type { Fault } from "../../src/call/fault.ts";
import type { JsonObject } from "../../src/call/json.ts";
import type { HttpServer, SocketServer, SseServer, StdioServer } from "../../src/config/config.ts";
import type { Log } from "../../src/telemetry/log.ts";
import type { Beat, Ending, Leg } from "../../src/upstream/leg.ts";
import { type Frame, frameOf, type RequestId } from "../../src/wire/frame.ts";

const COMMON = { prefix: undefined, timeout_ms: 10_000, sessions: 8, resource_args: [] };

export function stdioServer(program: string, more: Partial<StdioServer> = {}): StdioServer {
  const args = [`${import.meta.dirname}/${program}`];
  return {
    transport: "stdio",
    name: "it",
    command: process.execPath,
    args,
    env: {},
    cwd: import.meta.dirname,
    secrets: [],
    ...COMMON,
    ...more,
  };
}

export function httpServer(url: string, more: Partial<HttpServer> = {}): HttpServer {
  return { transport: "streamable-http", name: "it", url, headers: {}, ...COMMON, ...more };
}

export function sseServer(url: string, more: Partial<SseServer> = {}): SseServer {
  return { transport: "sse", name: "it", url, headers: {}, ...COMMON, ...more };
}

export function socketServer(url: string, more: Partial<SocketServer> = {}): SocketServer {
  return { transport: "websocket", name: "it", url, headers: {}, ...COMMON, ...more };
}

export interface RecordingLog extends Log {
  readonly lines: string[];
}

/** Keeps every line, as JSON. */
export function recordingLog(): RecordingLog {
  const lines: string[] = [];
  const keep = (...said: unknown[]): void => void lines.push(JSON.stringify(said));
  return { lines, debug: keep, info: keep, warn: keep, error: keep };
}

export function request(id: RequestId, method: string, params: JsonObject = {}): Frame {
  return frameOf({ kind: "request", id, method, params });
}

export function toolCall(id: RequestId, name: string, args: JsonObject = {}, meta?: JsonObject): Frame {
  return request(id, "tools/call", { name, arguments: args, ...(meta !== undefined && { _meta: meta }) });
}

export const MODERN_META: JsonObject = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": {},
};

export const INITIALIZE = request("init", "initialize", {
  protocolVersion: "2025-11-25",
  capabilities: { elicitation: {}, sampling: {}, roots: { listChanged: true } },
  clientInfo: { name: "test", version: "1" },
});
export const INITIALIZED = frameOf({ kind: "notification", method: "notifications/initialized", params: {} });

/** Everything heard on the way, and the end. */
export interface Heard {
  readonly beats: Beat[];
  readonly ending: Promise<Ending>;
  readonly stop: () => void;
}

export function ask(
  leg: Leg,
  frame: Frame,
  onBeat: (beat: Beat) => void | Promise<void> = () => undefined,
): Heard {
  const beats: Beat[] = [];
  const abort = new AbortController();
  const heard = (beat: Beat): void | Promise<void> => {
    beats.push(beat);
    return onBeat(beat);
  };
  const ending = leg.ask(frame, {}, heard, abort.signal);
  ending.catch(() => undefined); // whoever looks at it sees the failure
  return { beats, ending, stop: () => abort.abort() };
}

/** The text of a tool's answer, or the message of its error. */
export async function words(heard: Heard | Promise<Ending>): Promise<string> {
  const ending = await ("ending" in heard ? heard.ending : heard);
  if (ending.kind !== "answer") return ending.kind;
  const { message } = ending.frame;
  if (message.kind === "error") return message.message;
  return (
    /"text":("(?:[^"\\]|\\.)*")/
      .exec(ending.frame.bytes.toString())
      ?.slice(1)
      .map((s) => String(JSON.parse(s)))
      .join() ?? ""
  );
}

export function methods(beats: readonly Beat[]): string[] {
  return beats.map(({ frame }) =>
    frame !== undefined && "method" in frame.message ? frame.message.method : "-",
  );
}

/** The code and detail with which something fails. */
export async function failure(
  of: Promise<unknown>,
): Promise<{ readonly code: string; readonly message: string; readonly detail: string }> {
  try {
    await of;
  } catch (error) {
    const { code, message, detail } = error as Fault;
    return { code, message, detail: detail ?? "" };
  }
  throw new Error("it did not fail");
}

/** Whether a process is there and no zombie. */
export async function runs(pid: number): Promise<boolean> {
  const { readFile } = await import("node:fs/promises");
  try {
    process.kill(pid, 0);
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ") R");
    return !/\) [ZX]/.test(stat);
  } catch {
    return false;
  }
}

/** Waits until none of them runs. */
export async function ended(...pids: readonly number[]): Promise<true> {
  for (const pid of pids) await until(async () => !(await runs(pid)));
  return true;
}

/** Waits for something to become true. */
export async function until(what: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await what())) await new Promise((resolve) => void setTimeout(resolve, 10));
}
