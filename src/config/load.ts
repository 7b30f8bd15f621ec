import { existsSync, readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import { type Problem, problemOf, Problems, tellable } from "../document/problem.ts";
import { examine } from "../document/read.ts";
import { buildAnchors, buildLog } from "./anchors.ts";
import {
  buildConfig,
  buildPolicy,
  buildPolicyPlace,
  buildSecret,
  buildStore,
  type Overrides,
  type Reading,
} from "./build.ts";
import type { Reachable } from "./channels.ts";
import { type Config, DEFAULT_RESOURCE_ARGS, type StoreAddress } from "./config.ts";
import { merge, readEnvironment } from "./environment.ts";
import { freeze } from "./freeze.ts";
import { refuseLater } from "./later.ts";
import { buildKeys } from "./keys.ts";
import { buildOutbound, writtenReachable } from "./notifications.ts";
import type { Findings, Origin } from "./origin.ts";
import { shown } from "./paths.ts";
import type { PolicyPlaceKind } from "./policy-place.ts";
import { checkPreset, denying, withPreset } from "./preset.ts";
import type { Environment } from "./references.ts";
import { type ConfigFile, configSchema } from "./schema.ts";
import { writtenTenants } from "./tenants.ts";
import { buildVoters, type Voter } from "./voters.ts";

export interface LoadOptions {
  /** Undefined: no file, as `wrap` alone has it; then nothing is refused (observe) and records are in the user's state folder. */
  readonly file: string | undefined;
  readonly env?: Environment;
  readonly cwd?: string;
  readonly overrides?: Overrides;
}

export interface Loaded {
  readonly config: Config;
  /** What was accepted and has no effect, for the operator to read once. */
  readonly notes: readonly Problem[];
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

/** The file with the environment over it, less what has the wrong shape; nothing is built yet. */
function readingOf(options: LoadOptions): Reading {
  const cwd = options.cwd ?? process.cwd();
  const env = options.env ?? process.env;
  const path = options.file === undefined ? undefined : resolve(cwd, options.file);
  const name = path === undefined ? "portcullis.yaml" : shown(path, cwd);
  const text = path === undefined ? "mode: observe" : textOf(path, name);
  const read = examine(name, text, configSchema);
  const settings = readEnvironment(env, read.value);
  const doubts = (at: JsonPath): boolean => settings.doubts(at) || read.doubts(at);
  const origin: Origin = {
    problem(at, message, hint, where) {
      const variable = settings.variableOf(at);
      const own = read.problem(at, message, hint, where);
      const said = variable === undefined ? own : problemOf(variable, own.message, hint);
      return doubts(at) ? { ...said, doubtful: true } : said;
    },
  };
  const file = withPreset(merge(read.value, settings.values) as ConfigFile);
  const findings: Findings = { problems: [...settings.problems, ...read.problems], notes: [] };
  return { file, path, folder: path === undefined ? cwd : dirname(path), env, origin, findings, doubts };
}

/** Gives what was built, frozen, or throws everything that was found on the way. */
function finish<T>({ findings }: Reading, built: T): T {
  if (findings.problems.length === 0) return freeze(built);
  throw new Problems(tellable(findings.problems));
}

/**
 * Reads portcullis.yaml, then `PORTCULLIS_…` variables over it, then the command line over both.
 * Throws Problems with everything that is wrong, each with file and line, variable or flag.
 */
export function loadConfig(options: LoadOptions): Loaded {
  const reading = readingOf(options);
  const config = finish(reading, buildConfig(reading, options.overrides));
  return { config, notes: reading.findings.notes };
}

/** Where the records are, for who only reads them: secrets of servers need not be there. Throws Problems. */
export function loadStore(options: LoadOptions): StoreAddress {
  const reading = readingOf(options);
  return finish(reading, buildStore(reading));
}

/** Where the records are and what they are sealed with, for who reads them. Throws Problems. */
export function loadRecords(options: LoadOptions): Pick<Config, "store" | "keys" | "outbound"> {
  const reading = readingOf(options);
  const store = buildStore(reading);
  return finish(reading, {
    store,
    keys: buildKeys(reading, store),
    outbound: { allow: buildOutbound(reading) },
  });
}

/** As `loadRecords`, and the tenants that are written there, for who works on them. Throws Problems. */
export function loadTenants(options: LoadOptions): ReturnType<typeof loadRecords> & Pick<Config, "tenants"> {
  return { ...loadRecords(options), tenants: freeze(writtenTenants(readingOf(options).file)) };
}

/** What the gates of one store know, for who makes pseudonyms with it. Throws Problems. */
export function loadSecret(options: LoadOptions): Pick<Config, "store" | "secret"> {
  const reading = readingOf(options);
  return finish(reading, { store: buildStore(reading), secret: buildSecret(reading) });
}

/** What the log over the records is kept and verified with. Throws Problems. */
export function loadEvidence(options: LoadOptions): Pick<Config, "store" | "log" | "anchors" | "outbound"> {
  const reading = readingOf(options);
  return finish(reading, {
    store: buildStore(reading),
    log: buildLog(reading),
    anchors: buildAnchors(reading),
    outbound: { allow: buildOutbound(reading) },
  });
}

/** Whether people have to show who they are, for who only wants to know that: what else the file says may be wrong. */
export function loadAuthMode(options: LoadOptions): "none" | "required" {
  return readingOf(options).file.auth?.mode ?? "none";
}

/** What judging needs of a configuration: nothing of it is a secret. */
export interface PolicyPlace {
  /** Absolute paths of files and folders. None where the policy comes from elsewhere. */
  readonly policy: readonly string[];
  readonly policy_from: PolicyPlaceKind;
  readonly voters: readonly Voter[];
  /** What relative paths in a policy are relative to. */
  readonly root: string;
  /** By server name. */
  readonly resource_args: Readonly<Record<string, readonly string[]>>;
  /** Where people can be told. */
  readonly reachable: Reachable;
  /** The preset under which a policy refuses what no rule allows; undefined: it may do as it likes. */
  readonly deny_by: string | undefined;
}

/** Where the policy is, for who only checks or explains it. Throws Problems. */
export function loadPolicyPlace(options: LoadOptions): PolicyPlace {
  const reading = readingOf(options);
  // What `start` would refuse is not well for who checks it either.
  refuseLater(reading.file, reading.origin, reading.findings);
  checkPreset(reading);
  const servers = Object.entries(reading.file.mcpServers ?? {});
  const resource_args = servers.map(
    ([name, entry]) => [name, entry.resource_args ?? DEFAULT_RESOURCE_ARGS] as const,
  );
  const policy_from = buildPolicyPlace(reading);
  return finish(reading, {
    policy: buildPolicy(reading, policy_from),
    policy_from,
    voters: buildVoters(reading),
    root: reading.folder,
    resource_args: Object.fromEntries(resource_args),
    reachable: writtenReachable(reading.file),
    deny_by: denying(reading.file.preset ?? "development").deny_by,
  });
}

/** The configuration that a command uses: the one named, else portcullis.yaml of the current folder, else none. */
export function findConfig(named: string | undefined, cwd: string = process.cwd()): string | undefined {
  if (named !== undefined) return resolve(cwd, named);
  const here = resolve(cwd, "portcullis.yaml");
  return existsSync(here) ? here : undefined;
}
