import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import type { Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { StdioServer } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { environmentOf } from "./environment.ts";
import { unreachable } from "./failure.ts";
import { adopt, endGroup, GRACE_MS } from "./group.ts";
import { tail } from "./tail.ts";

/** How long the pipe of a process that has ended is still read; a grandchild may hold it open for ever. */
const LAST_WORDS_MS = 250;

/** A server's process. */
export interface Child {
  readonly pid: number;
  /** Queues one line; a promise where the process is slow to read. Lines keep their order. */
  write(line: Buffer): void | Promise<void>;
  /** Stop and start reading its output. */
  pause(): void;
  resume(): void;
  /** Something wrong that it did, for the log and `words`. */
  note(line: string): void;
  /** Its last words, without secrets. */
  words(): string;
  /** End of input, then signals to its whole group. Resolves when nothing of it is left; never rejects. */
  end(): Promise<void>;
}

export interface ChildEvents {
  readonly output: (piece: Buffer) => void;
  /** Once, when no more output will come. `how` says how it ended. */
  gone(how: string): void;
}

/** Keeps lines in order while the process is slow to read. */
function writerTo(stdin: Writable, exit: Promise<unknown>): (line: Buffer) => void | Promise<void> {
  let room: Promise<void> | undefined;
  const put = (line: Buffer): void | Promise<void> => {
    if (!stdin.writable || stdin.write(line)) return undefined;
    const drained = new Promise((resolve) => void stdin.once("drain", resolve));
    return Promise.race([drained, exit]).then(() => undefined);
  };
  return (line) => {
    const taken = room === undefined ? put(line) : room.then(() => put(line));
    if (taken === undefined) return undefined;
    const waiting: Promise<void> = taken.finally(() => {
      if (room === waiting) room = undefined;
    });
    room = waiting;
    return waiting;
  };
}

/** Argument vector only, minimal environment, a process group of its own. */
function start(server: StdioServer) {
  return spawn(server.command, server.args, {
    cwd: server.cwd,
    env: environmentOf(server.env),
    detached: true,
    shell: false,
    stdio: ["pipe", "pipe", "pipe"],
  });
}

async function started(server: StdioServer, child: ChildProcess): Promise<number> {
  try {
    await once(child, "spawn");
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    throw unreachable(server.name, `cannot start \`${server.command}\` in ${server.cwd}: ${reason}`, error);
  }
  if (child.pid === undefined) throw unreachable(server.name, `\`${server.command}\` has no process id`);
  adopt(child.pid);
  return child.pid;
}

/**
 * Starts a server's process. Rejects with Fault `upstream-unreachable` where it cannot be started. On POSIX systems;
 * where the gate itself dies by SIGKILL, the process is left with an input that has ended, MCP's way to tell it to stop.
 */
export async function startChild(server: StdioServer, events: ChildEvents, log: Log): Promise<Child> {
  const child = start(server);
  const { stdin, stdout, stderr } = child;
  // What breaks in a pipe shows in how the process ends.
  for (const pipe of [stdin, stdout, stderr]) pipe.on("error", () => undefined);
  const pid = await started(server, child);
  const last = tail(
    (stderr) => log.info({ server: server.name, pid, stderr }, "server says"),
    Object.values(server.env),
  );
  stderr.on("data", last.take);
  stdout.on("data", events.output);

  let closing = false;
  let sweeping: Promise<void> | undefined;
  const sweep = (): Promise<void> => {
    sweeping ??= endGroup(pid).finally(() => {
      for (const pipe of [stdin, stdout, stderr]) pipe.destroy();
    });
    return sweeping;
  };
  const exit = new Promise<string>((resolve) => {
    child.once("exit", (code, by) =>
      resolve(by === null ? `exited with code ${code}` : `was ended by ${by}`),
    );
  });
  const silence = new Promise((resolve) => void stdout.once("close", resolve));
  const lastWords = <T>(value: T): Promise<T> => sleep(LAST_WORDS_MS, value, { ref: false });
  const over = Promise.race([
    exit.then((how) => Promise.race([silence, lastWords(how)]).then(() => how)),
    // A server that closed its output can answer nothing more, whether it runs or not.
    silence.then(() => Promise.race([exit, lastWords("closed its output")])),
  ]).then((how) => {
    stdout.removeAllListeners("data");
    if (!closing) log.warn({ server: server.name, pid, how, stderr: last.words() }, "server ended");
    events.gone(how);
    return sweep();
  });

  return {
    pid,
    write: writerTo(stdin, exit),
    pause: () => void stdout.pause(),
    resume: () => void stdout.resume(),
    note: last.note,
    words: last.words,
    async end() {
      if (!closing) {
        closing = true;
        stdout.resume();
        stdin.end();
        await Promise.race([exit, sleep(GRACE_MS, undefined, { ref: false })]);
        await sweep();
      }
      await over;
    },
  };
}
