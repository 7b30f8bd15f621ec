import { isObject, type Json, type JsonObject } from "../../call/json.ts";
import { type Found, type FoundList, type FoundServer, findClients } from "../../clients/find.ts";
import { maySecret } from "../../clients/secret-values.ts";
import { valueOf } from "../../clients/syntax.ts";

/** Servers that clients know, as entries of `mcpServers` in which no secret stands. */
export interface Imported {
  readonly servers: Readonly<Record<string, JsonObject>>;
  /** `claude-code  ~/.claude.json  github, files`, one for each list that had any. */
  readonly found: readonly string[];
  /** Variables that stand for secrets, and where their values are now. */
  readonly secrets: readonly string[];
  readonly notes: readonly string[];
}

interface Import {
  readonly servers: Record<string, JsonObject>;
  readonly found: string[];
  readonly secrets: string[];
  readonly notes: string[];
}

const variable = (...words: readonly string[]): string =>
  words
    .join("_")
    .toUpperCase()
    .replaceAll(/[^A-Z0-9]+/g, "_")
    .replaceAll(/^_+|_+$/g, "")
    .replace(/^(?=\d)/, "V");

/** An entry without secrets: each is replaced by a reference to a variable that the person sets. */
function withoutSecrets(name: string, entry: JsonObject, from: string, into: Import): JsonObject {
  const hide = (key: string, value: Json | undefined, reference: string, judged = key): Json | undefined => {
    if (typeof value !== "string") return value;
    // References of VS Code are resolved by asking; ours come from the environment.
    const plain = value.replaceAll(/\$\{input:([^}]+)\}/g, (_, input: string) => `\${${variable(input)}}`);
    if (!maySecret(judged, plain)) return plain;
    into.secrets.push(`${reference}   its value is in ${from}, ${name}.${key}`);
    return `\${${reference}}`;
  };
  const map = (key: "env" | "headers"): JsonObject | undefined => {
    const values = entry[key];
    if (!isObject(values)) return undefined;
    return Object.fromEntries(
      Object.entries(values).map(([each, value]) => [
        each,
        hide(
          `${key}.${each}`,
          typeof value === "number" || typeof value === "boolean" ? String(value) : value,
          key === "env" ? each : variable(name, each),
          each,
        ),
      ]),
    );
  };
  const args = Array.isArray(entry["args"]) ? (entry["args"] as readonly Json[]) : undefined;
  const argument = (value: Json, index: number): Json | undefined => {
    const before = args?.[index - 1];
    const flag = typeof before === "string" && before.startsWith("-") ? before : "";
    const judged = typeof value === "string" && /^-+[^=]+=/.test(value) ? value.split("=", 1)[0] : flag;
    // A flag is no secret, however it is called; `--token=…` may be one.
    if (typeof value === "string" && value.startsWith("-") && !value.includes("=")) return value;
    return hide(`args[${index}]`, value, variable(name, "arg", String(index + 1)), judged);
  };
  const url = ["url", "serverUrl", "httpUrl"].find((key) => typeof entry[key] === "string");
  const changed = {
    ...entry,
    ...(args === undefined ? {} : { args: args.map(argument) as Json[] }),
    ...(url === undefined ? {} : { [url]: hide(url, entry[url], variable(name, "url")) }),
    ...(entry["env"] === undefined ? {} : { env: map("env") }),
    ...(entry["headers"] === undefined ? {} : { headers: map("headers") }),
  };
  return changed;
}

/** What the gate reads of an entry; what only its client knows stays with the client. */
const KEPT = new Set([
  "type",
  "transport",
  "command",
  "args",
  "env",
  "cwd",
  "url",
  "serverUrl",
  "httpUrl",
  "headers",
  "disabled",
]);

/** What some clients call otherwise, by the names that most of them have. */
function usual({ entry }: FoundServer): JsonObject {
  const { command, http_headers, bearer_token_env_var, ...rest } = valueOf(entry.part) as JsonObject;
  const bearer =
    typeof bearer_token_env_var === "string" ? { Authorization: `Bearer \${${bearer_token_env_var}}` } : {};
  const headers = { ...(isObject(http_headers) ? http_headers : {}), ...bearer };
  const [program, ...args] = entry.words ?? [];
  return {
    ...(program === undefined ? {} : { command: program }),
    ...(args.length === 0 ? {} : { args }),
    ...rest,
    ...(isObject(command) && isObject(command["env"]) ? { env: command["env"] } : {}),
    ...(Object.keys(headers).length === 0 ? {} : { headers }),
  };
}

function take(server: FoundServer, list: FoundList, into: Import): boolean {
  if (server.wrapped || server.gate || server.kind === "unknown") return false;
  const { name } = server;
  const entry = usual(server);
  const kept = Object.fromEntries(Object.entries(entry).filter(([key]) => KEPT.has(key)));
  const called =
    name
      .replaceAll(/[^A-Za-z0-9._-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 60) || "server";
  const clean = withoutSecrets(called, kept, list.file, into);
  const text = JSON.stringify(clean);
  if (Object.values(into.servers).some((known) => JSON.stringify(known) === text)) return true;
  let free = called;
  for (let count = 2; Object.hasOwn(into.servers, free); count++) free = `${called}-${count}`;
  into.servers[free] = clean;
  return true;
}

/** Reads the clients' lists; changes nothing of theirs. Of Claude Code's projects only the one in `cwd`. */
export function importServers(found: Found = findClients(), cwd: string = process.cwd()): Imported {
  const into: Import = { servers: {}, found: [], secrets: [], notes: [] };
  for (const { file, message } of found.problems) into.notes.push(`${file} ${message}; it was left out`);
  for (const list of found.lists) {
    if (list.project !== undefined && list.project !== cwd) continue;
    const names = list.servers.flatMap((server) => (take(server, list, into) ? [server.name] : []));
    if (names.length > 0) into.found.push(`${list.client.label}  ${list.file}  ${names.join(", ")}`);
  }
  return { ...into, secrets: [...new Set(into.secrets)] };
}
