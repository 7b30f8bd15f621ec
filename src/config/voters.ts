import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import { alternatives } from "../policy/glob.ts";
import { impossibilities } from "../policy/impossible.ts";
import { type Match, MATCH_KEYS } from "../policy/rule.ts";
import type { Reading } from "./build.ts";
import { shown } from "./paths.ts";
import { expand } from "./references.ts";
import type { VoterEntry } from "./voter-schema.ts";

interface VoterCommon {
  readonly name: string;
  /** Which calls it is asked about; empty: all. */
  readonly match: Match;
}
/** An OPA server. */
export interface OpaVoter extends VoterCommon {
  readonly kind: "opa";
  readonly url: string;
  /** For connection, answer and body together. */
  readonly timeout_ms: number;
  /** How long a decision may be used again; 0: never. */
  readonly cache_s: number;
  /** What it means that no decision could be had. */
  readonly unreachable: "deny" | "allow";
}
/** A Rego bundle compiled to Wasm. */
export interface BundleVoter extends VoterCommon {
  readonly kind: "opa-wasm";
  /** Absolute. */
  readonly bundle: string;
  readonly entrypoint: string;
  readonly timeout_ms: number;
}
/** Cedar policies. Paths are absolute. */
export interface CedarVoter extends VoterCommon {
  readonly kind: "cedar";
  /** A folder of `.cedar` files, or one file. */
  readonly policies: string;
  readonly schema: string | undefined;
  readonly entities: string | undefined;
}
/** An engine that is asked about calls which policy allows. */
export type Voter = OpaVoter | BundleVoter | CedarVoter;

const TIMEOUT_MS = 500;

/** A voter as it is written, and where what is wrong with it is told. */
interface Place {
  readonly reading: Reading;
  readonly name: string;
}

function problem({ reading, name }: Place, key: JsonPath, message: string, hint?: string): void {
  reading.findings.problems.push(reading.origin.problem(["voters", name, ...key], message, hint));
}

function matchOf(place: Place, written: VoterEntry["match"]): Match {
  const match: Record<string, readonly string[]> = {};
  for (const key of MATCH_KEYS) {
    const value = written?.[key];
    if (value === undefined) continue;
    match[key] = alternatives(value);
    if (match[key].includes(""))
      problem(place, ["match", key], "an alternative is empty, and nothing has no name");
  }
  const servers = Object.keys(place.reading.file.mcpServers ?? {});
  // A voter that is never asked would be taken for one that agrees.
  for (const { key, message, hint } of impossibilities(match, "deny", servers.length > 0 ? { servers } : {}))
    problem(place, ["match", key], message.replace("the rule can never match", "it is never asked"), hint);
  return match;
}

/** An absolute path that exists. */
function pathOf(place: Place, key: "bundle" | "policies" | "schema" | "entities", text: string): string {
  const { folder, env, origin, findings } = place.reading;
  const found = resolve(folder, expand(text, ["voters", place.name, key], env, origin, findings));
  if (!existsSync(found)) problem(place, [key], `${shown(found)} does not exist`);
  return found;
}

function urlOf(place: Place, text: string): string {
  const { env, origin, findings } = place.reading;
  const url = expand(text, ["voters", place.name, "url"], env, origin, findings);
  const read = URL.canParse(url) ? new URL(url) : undefined;
  const hint = "for example http://127.0.0.1:8181/v1/data/mcp/allow";
  if (url !== "" && (read === undefined || !/^https?:$/.test(read.protocol)))
    problem(place, ["url"], "is no address of an OPA server", hint);
  else if (read?.username || read?.password)
    problem(place, ["url"], "holds a name or password, which would be shown in clear", hint);
  else if (read !== undefined && !read.pathname.startsWith("/v1/data/"))
    problem(place, ["url"], "does not name a decision: its path begins with /v1/data/", hint);
  return url;
}

function voterOf(place: Place, entry: VoterEntry): Voter {
  const common = { name: place.name, match: matchOf(place, entry.match) };
  switch (entry.kind) {
    case "opa": {
      const { timeout_ms = TIMEOUT_MS, cache_s = 0, unreachable = "deny" } = entry;
      return { ...common, kind: "opa", url: urlOf(place, entry.url), timeout_ms, cache_s, unreachable };
    }
    case "opa-wasm": {
      const { entrypoint, timeout_ms = TIMEOUT_MS } = entry;
      const bundle = pathOf(place, "bundle", entry.bundle);
      return { ...common, kind: "opa-wasm", bundle, entrypoint, timeout_ms };
    }
    case "cedar": {
      const optional = (key: "schema" | "entities"): string | undefined =>
        entry[key] === undefined ? undefined : pathOf(place, key, entry[key]);
      const policies = pathOf(place, "policies", entry.policies);
      return {
        ...common,
        kind: "cedar",
        policies,
        schema: optional("schema"),
        entities: optional("entities"),
      };
    }
  }
}

/** The voters, in the order of the file. What is wrong is in the findings. */
export function buildVoters(reading: Reading): readonly Voter[] {
  return Object.entries(reading.file.voters ?? {}).map(([name, entry]) => voterOf({ reading, name }, entry));
}
