import { readClass } from "../call/classification.ts";
import { resolve } from "node:path";
import { isObject } from "../call/json.ts";
import { DEFAULT_RESOURCE_ARGS, type Server, type Transport } from "./config.ts";
import type { Findings, Origin } from "./origin.ts";
import { type Environment, expand } from "./references.ts";
import { CLIENT_KEYS, type ClientKey, type ServerEntry } from "./server-schema.ts";
import { buildUpstreamAuth, type UpstreamAuth } from "./upstream-auth.ts";

const TRANSPORTS: Readonly<Record<string, Transport>> = {
  local: "stdio",
  http: "streamable-http",
  streamableHttp: "streamable-http",
  remote: "streamable-http",
  ws: "websocket",
  stdio: "stdio",
  "streamable-http": "streamable-http",
  sse: "sse",
  websocket: "websocket",
};
/** A child is a process, a stream or a socket a connection; a conversation over Streamable HTTP is a few kilobytes. */
const SESSIONS: Readonly<Record<Transport, number>> = {
  stdio: 64,
  "streamable-http": 10_000,
  sse: 1000,
  websocket: 1000,
};
const HEADER_NAME = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** The gate writes these itself. */
const OWN_HEADERS =
  /^(?:accept|connection|content-.*|host|keep-alive|last-event-id|mcp-.*|sec-websocket-.*|te|trailer|transfer-encoding|upgrade)$/i;

/** Every process has these, and to hide them would make what a server says unreadable. */
const NO_SECRET = /^(?:HOME|LANG|LOGNAME|PATH|PWD|SHELL|TERM|TMPDIR|USER)$/;

interface Reading {
  readonly name: string;
  readonly entry: ServerEntry;
  readonly folder: string;
  readonly env: Environment;
  readonly origin: Origin;
  readonly findings: Findings;
  /** Values that references brought in. */
  readonly secrets: Set<string>;
}

function problem(
  reading: Reading,
  key: readonly (string | number)[],
  message: string,
  hint?: string,
  where: "key" | "value" = "value",
): void {
  reading.findings.problems.push(
    reading.origin.problem(["mcpServers", reading.name, ...key], message, hint, where),
  );
}

function text(reading: Reading, value: string, ...key: readonly (string | number)[]): string {
  const path = ["mcpServers", reading.name, ...key];
  return expand(value, path, reading.env, reading.origin, reading.findings, (variable, found) => {
    if (!NO_SECRET.test(variable)) reading.secrets.add(found);
  });
}

function texts(reading: Reading, key: "env" | "headers"): Readonly<Record<string, string>> {
  const entries = Object.entries(reading.entry[key] ?? {});
  return Object.fromEntries(entries.map(([name, value]) => [name, text(reading, value, key, name)]));
}

function classOf(entry: ServerEntry): Pick<Server, "classification"> {
  const classification = readClass(entry.classification);
  return classification === undefined ? {} : { classification };
}

function common(reading: Reading, transport: Transport) {
  const { name, entry } = reading;
  return {
    name,
    prefix: entry.prefix,
    timeout_ms: entry.timeout_ms ?? 60_000,
    sessions: entry.sessions ?? SESSIONS[transport],
    resource_args: entry.resource_args ?? DEFAULT_RESOURCE_ARGS,
    ...(entry.record !== undefined && entry.record !== "required" && { record: entry.record }),
    ...classOf(entry),
    ...(entry.entitled !== undefined && { entitled: entry.entitled }),
  };
}

/** What the gate shows the server at `url`, or its process where it has none. */
function shown(
  { name, entry, folder, env, origin, findings }: Reading,
  url: string | undefined,
): { readonly auth?: UpstreamAuth } {
  const headers = new Set(Object.keys(entry.headers ?? {}).map((each) => each.toLowerCase()));
  const path = ["mcpServers", name, "auth"];
  const auth = buildUpstreamAuth({ path, folder, env, origin, findings, url, headers }, entry.auth);
  return auth === undefined ? {} : { auth };
}

function stdio(reading: Reading, command: string): Server {
  const { entry, folder } = reading;
  if (/^\S+\s+-/.test(command)) {
    problem(reading, ["command"], "holds arguments, and no shell reads it", "put each argument under args");
  }
  if (entry.headers !== undefined)
    problem(reading, ["headers"], "a server on stdio takes no headers", "use env", "key");
  const args = (entry.args ?? []).map((value, index) => text(reading, value, "args", index));
  const cwd = resolve(folder, text(reading, entry.cwd ?? ".", "cwd"));
  const env = texts(reading, "env");
  if ([command, cwd, ...args, ...Object.values(env)].some((value) => value.includes("\0")))
    problem(reading, [], "holds a NUL character");
  return {
    ...common(reading, "stdio"),
    ...shown(reading, undefined),
    transport: "stdio",
    command: text(reading, command, "command"),
    args,
    env,
    cwd,
    secrets: [...reading.secrets],
  };
}

type UrlKey = "url" | "serverUrl" | "httpUrl";

function remote(
  reading: Reading,
  said: Exclude<Transport, "stdio"> | undefined,
  key: UrlKey,
  written: string,
): Server {
  const url = text(reading, written, key);
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  const isSocket = parsed !== undefined && /^wss?:$/.test(parsed.protocol);
  const transport = said ?? (isSocket ? "websocket" : "streamable-http");
  const fits = transport === "websocket" ? isSocket : /^https?:$/.test(parsed?.protocol ?? "");
  if (parsed === undefined || !fits) {
    const begin = transport === "websocket" ? "ws:// or wss://" : "http:// or https://";
    // An empty text is a reference that was reported already.
    if (url !== "") problem(reading, [key], `is not an address that begins ${begin}`);
  } else if (parsed.username !== "" || parsed.password !== "") {
    problem(reading, [key], "holds a password", "put it under headers, as ${NAME}");
  } else if (isSocket && parsed.hash !== "") {
    problem(reading, [key], "holds a #, which a WebSocket's address cannot have");
  }
  for (const each of ["args", "env", "cwd"] as const) {
    if (reading.entry[each] !== undefined)
      problem(reading, [each], "is for a server with a command, and this one has a url", undefined, "key");
  }
  const headers = texts(reading, "headers");
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || OWN_HEADERS.test(name))
      problem(reading, ["headers", name], "this header cannot be set", undefined, "key");
    else if (/[^\t\u0020-\u007e\u0080-\u00ff]/.test(value))
      problem(reading, ["headers", name], "holds a character that a header cannot have");
  }
  return { ...common(reading, transport), ...shown(reading, url), transport, url, headers };
}

/** Whether `auth` is the gate's own, and no client's. */
function isOurs({ auth }: ServerEntry): boolean {
  return isObject(auth) && auth["kind"] !== undefined;
}

function noteClientKeys(reading: Reading): void {
  for (const key of Object.keys(CLIENT_KEYS) as ClientKey[]) {
    if (reading.entry[key] === undefined || (key === "auth" && isOurs(reading.entry))) continue;
    const path = ["mcpServers", reading.name, key];
    reading.findings.notes.push(
      reading.origin.problem(path, "only clients use this, it has no effect here", CLIENT_KEYS[key], "key"),
    );
  }
}

/** One entry of `mcpServers`; undefined where it is left out or wrong (said in the findings). */
export function readServer(
  name: string,
  entry: ServerEntry,
  folder: string,
  env: Environment,
  origin: Origin,
  findings: Findings,
): Server | undefined {
  const reading: Reading = { name, entry, folder, env, origin, findings, secrets: new Set() };
  if (entry.disabled === true || entry.enabled === false) {
    findings.notes.push(origin.problem(["mcpServers", name], "is disabled, and left out", undefined, "key"));
    return undefined;
  }
  noteClientKeys(reading);
  const address = (["url", "serverUrl", "httpUrl"] as const).flatMap((key) =>
    entry[key] === undefined ? [] : [[key, entry[key]] as const],
  );
  const [first, second] = address;
  if (second !== undefined || (first !== undefined && entry.command !== undefined)) {
    problem(
      reading,
      [second?.[0] ?? "command"],
      "a server has one command or one url, not two of them",
      undefined,
      "key",
    );
    return undefined;
  }
  const said = entry.transport === undefined ? entry.type : entry.transport;
  const key = entry.transport === undefined ? "type" : "transport";
  const transport = said === undefined ? undefined : TRANSPORTS[said];
  if (first === undefined && entry.command === undefined) {
    problem(reading, [], "has neither a command nor a url", undefined, "key");
    return undefined;
  }
  if (transport !== undefined && (transport === "stdio") !== (first === undefined)) {
    problem(
      reading,
      [key],
      first === undefined ? "needs a url, and there is a command" : "needs a command, and there is a url",
    );
  }
  return first === undefined
    ? stdio(reading, entry.command ?? "")
    : remote(reading, transport === "stdio" ? undefined : transport, ...first);
}
