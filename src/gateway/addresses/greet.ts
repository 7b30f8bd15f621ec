import { isObject, type Json, type JsonObject, member } from "../../call/json.ts";
import { META, MODERN_REVISIONS } from "../../wire/revision.ts";
import { lifetime } from "./union.ts";

/** One server's answer to `initialize` or `server/discover`. */
export interface Greeting {
  readonly server: string;
  readonly result: JsonObject;
}

/** Text that servers put before a model is bounded, however many servers there are. */
const INSTRUCTIONS_CHARS = 16_384;

/** What any of them can do, the address can do. Flags unite; members that disagree keep the first server's word. */
function uniteCapabilities(all: readonly JsonObject[]): JsonObject {
  return all.reduce<JsonObject>((have, more) => unite(have, more), {});
}

function unite(have: JsonObject, more: JsonObject): JsonObject {
  const merged: Record<string, Json | undefined> = { ...have };
  for (const [key, value] of Object.entries(more)) {
    const old = merged[key];
    if (old === undefined || old === false) merged[key] = value;
    else if (isObject(old) && isObject(value)) merged[key] = unite(old, value);
  }
  return merged;
}

/** What a server declares, less what a merged address cannot keep: `tasks/list` does not say whose. */
function capabilitiesOf({ result }: Greeting): JsonObject {
  const declared = member(result, "capabilities");
  if (!isObject(declared)) return {};
  const { tasks, ...others } = declared;
  if (!isObject(tasks)) return others;
  const { list: _, ...kept } = tasks;
  return { ...others, tasks: kept };
}

function instructionsOf(greetings: readonly Greeting[]): JsonObject {
  const said = greetings.flatMap(({ server, result }) => {
    const text = member(result, "instructions");
    return typeof text === "string" && text !== "" ? [`${server}: ${text}`] : [];
  });
  return said.length === 0 ? {} : { instructions: said.join("\n\n").slice(0, INSTRUCTIONS_CHARS) };
}

function own(version: string): JsonObject {
  return { name: "portcullis", title: "Portcullis", version };
}

/** The `InitializeResult` of several servers as one: the oldest revision that any of them agreed to. */
export function initializeResult(greetings: readonly Greeting[], asked: string, version: string): JsonObject {
  const revisions = greetings.flatMap(({ result }) => {
    const revision = member(result, "protocolVersion");
    return typeof revision === "string" ? [revision] : [];
  });
  return {
    protocolVersion: revisions.reduce(
      (oldest, revision) => (revision < oldest ? revision : oldest),
      revisions[0] ?? asked,
    ),
    capabilities: uniteCapabilities(greetings.map(capabilitiesOf)),
    serverInfo: own(version),
    ...instructionsOf(greetings),
  };
}

/** The `DiscoverResult` of several servers as one. It differs by principal, so nobody else may be given it. */
export function discoverResult(greetings: readonly Greeting[], version: string): JsonObject {
  const ttls = greetings.flatMap(({ result }) => {
    const ttl = lifetime(member(result, "ttlMs"));
    return ttl === undefined ? [] : [ttl];
  });
  return {
    resultType: "complete",
    supportedVersions: [...MODERN_REVISIONS],
    capabilities: uniteCapabilities(greetings.map(capabilitiesOf)),
    ...instructionsOf(greetings),
    ttlMs: Math.min(...ttls, 60_000),
    cacheScope: "private",
    _meta: { [META.server_info]: own(version) },
  };
}
