import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import { type Problem, problemOf, Problems } from "../document/problem.ts";
import { readDocument } from "../document/read.ts";
import { isLoopback, parseAddress, parseStore } from "./address.ts";
import { type Address, type Config, DEFAULT_LIMITS, type Server, type StoreAddress } from "./config.ts";
import { merge, readEnvironment } from "./environment.ts";
import { freeze } from "./freeze.ts";
import { refuseLater } from "./later.ts";
import type { Findings, Origin } from "./origin.ts";
import { shown, stateStore } from "./paths.ts";
import { type Environment, expand } from "./references.ts";
import { type ConfigFile, configSchema } from "./schema.ts";
import { readServer } from "./servers.ts";

export interface LoadOptions {
  /** Undefined: no file, as `wrap` alone has it; then nothing is refused (observe) and records are in the user's state folder. */
  readonly file: string | undefined;
  readonly env?: Environment;
  readonly cwd?: string;
  /** From the command line, before everything else. `port` is that of the first listener. */
  readonly overrides?: { readonly port?: number; readonly mode?: Config["mode"] };
}

export interface Loaded {
  readonly config: Config;
  /** What was accepted and has no effect, for the operator to read once. */
  readonly notes: readonly Problem[];
}

interface Reading {
  readonly file: ConfigFile;
  /** What relative paths are relative to. */
  readonly folder: string;
  readonly env: Environment;
  readonly origin: Origin;
  readonly findings: Findings;
}

const list = (value: string | readonly string[]): readonly string[] =>
  typeof value === "string" ? [value] : value;

/** The path of an entry of a list, or of the value itself where it stands alone. */
function entryPath(key: string, value: string | readonly string[], index: number): JsonPath {
  return typeof value === "string" ? [key] : [key, index];
}

function listeners(reading: Reading, port: number | undefined): readonly Address[] {
  const { origin, findings, env } = reading;
  const written = reading.file.listen ?? "127.0.0.1:8090";
  const addresses = list(written).flatMap((text, index): readonly Address[] => {
    const path = entryPath("listen", written, index);
    const address = parseAddress(expand(text, path, env, origin, findings));
    if (address === undefined) {
      findings.problems.push(origin.problem(path, "is not host:port", "for example 127.0.0.1:8090"));
      return [];
    }
    if (!isLoopback(address.host)) {
      const hint = `for now ${address.host.includes(":") ? "[::1]" : "127.0.0.1"}:${address.port}`;
      findings.problems.push(
        origin.problem(path, "others could reach this, and authentication comes in a later version", hint),
      );
    }
    return [address];
  });
  const [first, ...rest] = addresses;
  return first === undefined || port === undefined ? addresses : [{ host: first.host, port }, ...rest];
}

function store(reading: Reading): StoreAddress {
  const { folder, env, origin, findings } = reading;
  const written = reading.file.store;
  if (written === undefined) return { kind: "sqlite", path: resolve(folder, ".portcullis", "portcullis.db") };
  const text = expand(written, ["store"], env, origin, findings);
  const address = parseStore(text, folder);
  // A reference to nothing was reported already.
  if (address === undefined && text !== "") {
    findings.problems.push(
      origin.problem(
        ["store"],
        "is neither sqlite:FILE nor postgres://…",
        "for example sqlite:.portcullis/portcullis.db",
      ),
    );
  }
  return address ?? { kind: "sqlite", path: "" };
}

function policies(reading: Reading): readonly string[] {
  const { folder, env, origin, findings } = reading;
  const written = reading.file.policy ?? ["policy/"];
  // Who only watches needs no policy; who enforces none would refuse everything.
  if (
    reading.file.policy === undefined &&
    reading.file.mode === "observe" &&
    !existsSync(resolve(folder, "policy"))
  )
    return [];
  return list(written).map((text, index) => {
    const path = entryPath("policy", written, index);
    const found = resolve(folder, expand(text, path, env, origin, findings));
    if (!existsSync(found)) {
      findings.problems.push(
        origin.problem(
          path,
          `${shown(found)} does not exist`,
          "`portcullis init` writes a policy to start from",
        ),
      );
    }
    return found;
  });
}

function servers(reading: Reading): readonly Server[] {
  const entries = Object.entries(reading.file.mcpServers ?? {});
  return entries.flatMap(([name, entry]) => {
    const server = readServer(name, entry, reading.folder, reading.env, reading.origin, reading.findings);
    return server === undefined ? [] : [server];
  });
}

function origins(reading: Reading): readonly string[] {
  return (reading.file.allowed_origins ?? []).map((text, index) => {
    const path = ["allowed_origins", index];
    const written = expand(text, path, reading.env, reading.origin, reading.findings);
    const origin = URL.canParse(written) ? new URL(written).origin : undefined;
    // A URL with a path would never equal what a browser sends.
    if (origin !== undefined && origin !== "null" && written.replace(/\/$/, "").toLowerCase() === origin)
      return origin;
    reading.findings.problems.push(
      reading.origin.problem(path, "is not scheme://host[:port]", "for example https://app.example.com"),
    );
    return written;
  });
}

function build(reading: Reading, options: LoadOptions): Config {
  const { file } = reading;
  refuseLater(file, reading.origin, reading.findings);
  const limits = Object.entries(file.limits ?? {}).filter(([, value]) => value !== undefined);
  return {
    file: options.file === undefined ? undefined : resolve(options.cwd ?? process.cwd(), options.file),
    preset: "development",
    mode: options.overrides?.mode ?? file.mode ?? "enforce",
    listen: listeners(reading, options.overrides?.port),
    store: file.store === undefined && options.file === undefined ? stateStore(reading.env) : store(reading),
    policy: policies(reading),
    servers: servers(reading),
    audit: { detail: file.audit?.detail ?? "full" },
    limits: { ...DEFAULT_LIMITS, ...Object.fromEntries(limits) },
    allowed_origins: origins(reading),
    allowed_hosts: (file.allowed_hosts ?? []).map((host) => host.toLowerCase()),
  };
}

/** The text of a configuration file; Problems where there is none to read. */
function textOf(path: string, name: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    const missing = (error as NodeJS.ErrnoException).code === "ENOENT";
    const message = missing ? "there is no such file" : `cannot be read: ${(error as Error).message}`;
    throw new Problems([
      problemOf(name, message, missing ? "`portcullis init` writes one to start from" : undefined),
    ]);
  }
}

/**
 * Reads portcullis.yaml, then `PORTCULLIS_…` variables over it, then the command line over both.
 * Throws Problems with everything that is wrong, each with file and line, variable or flag. Clause: CONTRACT, Configuration.
 */
export function loadConfig(options: LoadOptions): Loaded {
  const cwd = options.cwd ?? process.cwd();
  const env = options.env ?? process.env;
  const path = options.file === undefined ? undefined : resolve(cwd, options.file);
  const name = path === undefined ? "portcullis.yaml" : shown(path, cwd);
  const text = path === undefined ? "mode: observe" : textOf(path, name);
  const read = readDocument(name, text, configSchema);
  const settings = readEnvironment(env, read.value);
  const findings: Findings = { problems: [...settings.problems], notes: [] };
  const origin: Origin = {
    problem(at, message, hint, where) {
      const variable = settings.variableOf(at);
      const own = read.problem(at, message, hint, where);
      return variable === undefined ? own : problemOf(variable, own.message, hint);
    },
  };
  const file = merge(read.value, settings.values) as ConfigFile;
  const folder = path === undefined ? cwd : dirname(path);
  const config = build({ file, folder, env, origin, findings }, options);
  if (findings.problems.length > 0)
    throw new Problems(findings.problems.toSorted((a, b) => a.line - b.line || a.column - b.column));
  return { config: freeze(config), notes: findings.notes };
}

/** The configuration that a command uses: the one named, else portcullis.yaml of the current folder, else none. */
export function findConfig(named: string | undefined, cwd: string = process.cwd()): string | undefined {
  if (named !== undefined) return resolve(cwd, named);
  const here = resolve(cwd, "portcullis.yaml");
  return existsSync(here) ? here : undefined;
}
