import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { createInterface } from "node:readline";
import { ENVIRONMENT } from "./running.ts";

export type Said = Readonly<Record<string, unknown>>;

/** A client at the other end of a command's pipes, one message a line. */
export interface PipeClient {
  /** The legacy handshake. */
  readonly begin: () => Promise<Said>;
  readonly ask: (method: string, params: object) => Promise<Said>;
  readonly write: (line: string) => void;
  /** Everything that was no answer to `ask`. */
  readonly heard: Said[];
  readonly errors: () => string;
  /** Ends its input and gives the exit code. */
  readonly close: () => Promise<number | null>;
}

export function pipeClient(
  words: readonly string[],
  folder: string,
  env: Readonly<Record<string, string>> = {},
): PipeClient {
  const child = spawn(process.execPath, [resolve("src/cli/cli.ts"), ...words], {
    cwd: folder,
    env: { ...ENVIRONMENT, ...env },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const waiting = new Map<number, (said: Said) => void>();
  const heard: Said[] = [];
  let errors = "";
  let asked = 0;
  child.stderr.on("data", (piece: Buffer) => (errors += piece.toString()));
  createInterface(child.stdout).on("line", (line) => {
    const said = JSON.parse(line) as Said;
    const take = waiting.get(said["id"] as number);
    if (take === undefined) heard.push(said);
    else take(said);
  });
  const exit = once(child, "close") as Promise<[number | null]>;
  const write = (line: string): void => void child.stdin.write(`${line}\n`);
  const ask = (method: string, params: object): Promise<Said> => {
    asked += 1;
    const id = asked;
    write(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    return Promise.race([
      new Promise<Said>((found) => void waiting.set(id, found)),
      exit.then(([code]) => Promise.reject(new Error(`it ended with ${code}: ${errors}`))),
    ]);
  };
  return {
    async begin() {
      const clientInfo = { name: "pipe", version: "1" };
      const said = await ask("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo });
      write(JSON.stringify({ jsonrpc: "2.0", method: "notifications/initialized" }));
      return said;
    },
    ask,
    write,
    heard,
    errors: () => errors,
    async close() {
      child.stdin.end();
      return (await exit)[0];
    },
  };
}
