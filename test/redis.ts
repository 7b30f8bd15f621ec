import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { createConnection } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as later } from "node:timers/promises";
import { unpacked } from "./debian.ts";
import { freePort } from "./free-port.ts";

interface Program {
  readonly command: string;
  readonly env: Readonly<Record<string, string>>;
}

/** Redis and what it needs that a plain Debian lacks. The server is in the package of tools. */
const PACKAGES = ["redis-tools", "libjemalloc2", "liblzf1", "libatomic1"];

/** A test that is ended leaves none behind. */
const DIES_WITH_US = existsSync("/usr/bin/setpriv") ? ["setpriv", "--pdeathsig", "KILL"] : [];

function works({ command, env }: Program): boolean {
  try {
    execFileSync(command, ["--version"], { stdio: "ignore", env: { ...process.env, ...env } });
    return true;
  } catch {
    return false;
  }
}

function find(): Program | string {
  const given = process.env["REDIS_BIN"];
  const names = given === undefined ? ["redis-server", "valkey-server"] : [given];
  const installed = names.map((command) => ({ command, env: {} })).find(works);
  if (installed !== undefined) return installed;
  const debian = unpacked(PACKAGES);
  if (debian.folder === undefined) return `no redis-server in PATH, and ${debian.why}`;
  const command = join(debian.folder, "usr", "bin", "redis-server");
  // One program, which serves or checks files by the name it is called.
  if (!existsSync(command)) symlinkSync("redis-check-rdb", command);
  const found = { command, env: { LD_LIBRARY_PATH: debian.libraries } };
  return works(found) ? found : "the redis-server of Debian does not run here";
}

const PROGRAM = find();

/** Why there can be no Redis on this machine, or undefined where there can. */
export const NO_REDIS: string | undefined = typeof PROGRAM === "string" ? PROGRAM : undefined;

/** A real Redis. */
export interface Redis {
  /** `redis://127.0.0.1:PORT` */
  readonly url: string;
  readonly child: () => ChildProcess;
  /** Ends it at once, as a power cut would. */
  kill(): Promise<void>;
  /** Starts it again on the same port, with what it has on disk. */
  again(): Promise<void>;
  stop(): Promise<void>;
}

async function answers(port: number): Promise<boolean> {
  const socket = createConnection(port, "127.0.0.1");
  try {
    await once(socket, "connect");
    socket.write("PING\r\n");
    const [said] = (await once(socket, "data")) as [Buffer];
    return said.toString().startsWith("+PONG");
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** Starts a Redis in a folder of its own. `keeps`: it writes everything down at once; else it has nothing after its end. */
export async function startRedis(keeps: boolean): Promise<Redis> {
  if (typeof PROGRAM === "string") throw new Error(PROGRAM);
  const { command, env } = PROGRAM;
  const folder = mkdtempSync(join(tmpdir(), "redis-"));
  const port = await freePort();
  const settings = {
    port: String(port),
    bind: "127.0.0.1",
    dir: folder,
    save: "",
    appendonly: keeps ? "yes" : "no",
    appendfsync: "always",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => [`--${name}`, value]);
  let child: ChildProcess;
  const begin = async (): Promise<void> => {
    const [first = command, ...rest] = [...DIES_WITH_US, command, ...flags];
    child = spawn(first, rest, { stdio: "ignore", env: { ...process.env, ...env } });
    while (!(await answers(port))) {
      if (child.exitCode !== null) throw new Error(`redis-server ended with ${child.exitCode}`);
      await later(20);
    }
  };
  const kill = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    child.kill("SIGKILL");
    await once(child, "exit");
  };
  await begin();
  return {
    url: `redis://127.0.0.1:${port}`,
    child: () => child,
    kill,
    again: begin,
    async stop() {
      await kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
