import { type ChildProcess, type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import type { Readable, Writable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { StdioServer } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import { environmentOf } from "./environment.ts";
import { unreachable } from "./failure.ts";
import { adopt, endGroup, GRACE_MS } from "./group.ts";
import { tail } from "./tail.ts";

/** After so much silence the pipe of a process that has ended is read no more; a grandchild may hold it open for ever. */
const LAST_WORDS_MS = 250;

const NOTHING = Buffer.alloc(0);

/** How a process ended: with a code, or by a signal. */
export type ChildEnd =
  | { readonly code: number; readonly signal: null }
  | { readonly code: null; readonly signal: NodeJS.Signals };

/** Who stands in the place of a process and needs what its messages do not say. */
export interface Witness {
  readonly started: (pid: number) => void;
  /** Its standard error as it comes, and word of what was no message on its standard output. */
  readonly stderr: (piece: Buffer) => void;
  /** Once, after its last output. */
  readonly ended: (how: ChildEnd) => void;
}

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
  /** End of input, after what was written; nothing else, so it may work on and end by itself. */
  hangUp(): void;
  /** End of input, then signals to its whole group. Resolves when nothing of it is left; never rejects. */
  end(): Promise<void>;
}

export interface ChildEvents {
  readonly witness?: Witness | undefined;
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

type Pipes = ChildProcessByStdio<Writable, Readable, Readable>;

/** Argument vector only, minimal environment, a process group of its own. */
function start(server: StdioServer): Pipes {
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

/** How a process ends, and when its last words have been heard: then `said` is that in words. */
function endOf(child: Pipes): { readonly exit: Promise<ChildEnd>; readonly said: Promise<string> } {
  const { stdout, stderr } = child;
  const exit = new Promise<ChildEnd>((resolve) => {
    // Node.js gives one of the two, and types them as if it might give none.
    child.once("exit", (code, signal) => resolve({ code, signal } as ChildEnd));
  });
  const closed = (pipe: Readable): Promise<unknown> =>
    new Promise((resolve) => void pipe.once("close", resolve));
  const silence = closed(stdout);
  const all = Promise.all([silence, closed(stderr)]);
  let heard = false;
  stdout.on("data", () => {
    heard = true;
  });
  /** What its client is slow to take has not been said yet. */
  const calm = async (): Promise<void> => {
    do {
      heard = false;
      await sleep(LAST_WORDS_MS, undefined, { ref: false });
    } while (heard || stdout.isPaused());
  };
  const lastWords = async (): Promise<string> => {
    // A server that closed its output can answer nothing more, whether it runs or not.
    const end = await Promise.race([exit, silence.then(() => Promise.race([exit, calm()]))]);
    if (end === undefined) return "closed its output";
    await Promise.race([all, calm()]);
    return end.signal === null ? `exited with code ${end.code}` : `was ended by ${end.signal}`;
  };
  return { exit, said: lastWords() };
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
  const { witness } = events;
  witness?.started(pid);
  if (witness !== undefined) stderr.on("data", witness.stderr);
  const last = tail(
    (stderr) => log.info({ server: server.name, pid, stderr }, "server says"),
    [...Object.values(server.env), ...server.secrets],
  );
  stderr.on("data", last.take);
  stdout.on("data", events.output);
  const { exit, said } = endOf(child);

  /** Its end is no surprise. */
  let closing = false;
  let ending = false;
  let sweeping: Promise<void> | undefined;
  const sweep = (): Promise<void> => {
    sweeping ??= endGroup(pid).finally(() => {
      for (const pipe of [stdin, stdout, stderr]) pipe.destroy();
    });
    return sweeping;
  };
  const over = said.then((how) => {
    stdout.removeAllListeners("data");
    if (!closing) log.warn({ server: server.name, pid, how, stderr: last.words() }, "server ended");
    events.gone(how);
    return sweep();
  });
  if (witness !== undefined) void Promise.all([exit, said]).then(([end]) => witness.ended(end));

  const write = writerTo(stdin, exit);
  return {
    pid,
    write,
    pause: () => void stdout.pause(),
    resume: () => void stdout.resume(),
    note(line) {
      last.note(line);
      witness?.stderr(Buffer.from(`${line}\n`));
    },
    words: last.words,
    hangUp() {
      closing = true;
      const written = write(NOTHING);
      if (written === undefined) stdin.end();
      else void written.then(() => stdin.end());
    },
    async end() {
      if (!ending) {
        ending = true;
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
