import { readFileSync, statSync } from "node:fs";
import { isObject, type Json, type JsonObject, member } from "../call/json.ts";
import { type ClientList, clientLists } from "./clients.ts";
import { readJsonc } from "./jsonc.ts";
import { maySecret } from "./secret-values.ts";

const LARGEST_BYTES = 64 * 1024 * 1024;

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

function listOf({ file, keys }: ClientList, into: Import): JsonObject | undefined {
  let text: string;
  try {
    if (statSync(file).size > LARGEST_BYTES)
      return void into.notes.push(`${file} is larger than ${LARGEST_BYTES} bytes, and was left out`);
    text = readFileSync(file, "utf8");
  } catch {
    // Most clients are not on most machines.
    return undefined;
  }
  try {
    let here = readJsonc(text) as Json | undefined;
    for (const key of keys) here = member(here, key);
    return isObject(here) ? here : undefined;
  } catch {
    return void into.notes.push(`${file} cannot be read as JSON, and was left out`);
  }
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

function kindOf(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}

function take(name: string, entry: Json, list: ClientList, into: Import): boolean {
  if (!isObject(entry)) return false;
  const kept = Object.fromEntries(Object.entries(entry).filter(([key]) => KEPT.has(key)));
  const [program] = Array.isArray(entry["command"])
    ? (entry["command"] as readonly Json[])
    : [entry["command"]];
  if (/portcullis/.test(JSON.stringify([program, entry["args"] ?? []]))) return false;
  if (/sse|ws|websocket/.test(`${kindOf(entry["type"])}${kindOf(entry["transport"])}`)) {
    kept["disabled"] = true;
    into.notes.push(
      `${name} (${list.client}) speaks a transport of a later version: it is written down, and disabled`,
    );
  }
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

/** Reads the clients' lists; changes nothing of theirs. */
export function importServers(lists: readonly ClientList[] = clientLists(process.cwd())): Imported {
  const into: Import = { servers: {}, found: [], secrets: [], notes: [] };
  const seen = new Set<string>();
  for (const list of lists) {
    const place = JSON.stringify([list.file, list.keys]);
    // In the home folder a project's list is the user's own.
    if (seen.has(place)) continue;
    seen.add(place);
    const servers = listOf(list, into) ?? {};
    const names = Object.entries(servers).flatMap(([name, entry]) =>
      entry !== undefined && take(name, entry, list, into) ? [name] : [],
    );
    if (names.length > 0) into.found.push(`${list.client}  ${list.file}  ${names.join(", ")}`);
  }
  return { ...into, secrets: [...new Set(into.secrets)] };
}
