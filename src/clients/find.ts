import { readdirSync, readFileSync, statSync } from "node:fs";
import { homedir } from "node:os";
import { type Client, clientOf } from "./client.ts";
import { type Entry, leadsToGate, plainSecrets, readEntry, wrappingOf } from "./entry.ts";
import { readJsonc } from "./jsonc.ts";
import { type Machine, type Place, places, type Scope } from "./places.ts";
import { memberAt, memberOf, type Part, type Read } from "./syntax.ts";
import { readToml } from "./toml.ts";

const LARGEST_BYTES = 64 * 1024 * 1024;

/** A server in a client's list. Nothing here holds a secret's value but `entry`. */
export interface FoundServer {
  readonly name: string;
  /** `program` is started by the client; `remote` has an address; `unknown` is neither, or is not all text. */
  readonly kind: "program" | "remote" | "unknown";
  /** Stands behind `portcullis wrap`. */
  readonly wrapped: boolean;
  /** Leads to the gate, as `connect` writes it. */
  readonly gate: boolean;
  /** The client does not start it. */
  readonly disabled: boolean;
  /** Values that are secrets in clear, by name: `env.GITHUB_TOKEN`, `args[2]`. */
  readonly secrets: readonly string[];
  readonly entry: Entry;
}

/** One list of servers: of a client, in a file, for a scope. */
export interface FoundList {
  readonly client: Client;
  readonly scope: Scope;
  readonly file: string;
  /** Of scope `local`: the folder of the project. */
  readonly project: string | undefined;
  readonly keys: readonly string[];
  readonly servers: readonly FoundServer[];
}

/** A client's file that exists and could not be read; where there is a line, line and column are from 1. */
export interface FoundProblem {
  readonly client: Client;
  readonly scope: Scope;
  readonly file: string;
  readonly message: string;
  readonly line: number | undefined;
  readonly column: number | undefined;
  readonly fix: string;
}

export interface Found {
  /** In the order of `places`: the user's first. Empty lists are here too. */
  readonly lists: readonly FoundList[];
  readonly problems: readonly FoundProblem[];
}

/** This machine, this user, this folder. */
export function thisMachine(env: NodeJS.ProcessEnv = process.env, cwd = process.cwd()): Machine {
  return {
    platform: process.platform,
    // A shell on Windows may have a HOME of its own, which no client looks at.
    home: (process.platform === "win32" ? env["USERPROFILE"] : env["HOME"]) ?? homedir(),
    env,
    cwd,
    list(folder) {
      try {
        return readdirSync(folder).toSorted();
      } catch {
        return [];
      }
    },
  };
}

/** A client's file as text, or why it cannot be taken as one. `absent` where there is no file. */
type FileText =
  | { readonly kind: "text"; readonly bytes: Buffer; readonly mark: string; readonly text: string }
  | { readonly kind: "absent" }
  | { readonly kind: "refused"; readonly message: string; readonly fix: string };

/** Reads a file of at most 64 MiB that is UTF-8. `mark` is its byte order mark, which is not part of `text`. */
function readClientFile(file: string): FileText {
  let bytes: Buffer;
  try {
    const about = statSync(file);
    if (!about.isFile()) return { kind: "refused", message: "is not a file", fix: `look at ${file}` };
    if (about.size > LARGEST_BYTES)
      return { kind: "refused", message: `is larger than ${LARGEST_BYTES} bytes`, fix: `look at ${file}` };
    bytes = readFileSync(file);
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    // ENOTDIR: a file stands where the client's folder would be.
    if (code === "ENOENT" || code === "ENOTDIR") return { kind: "absent" };
    return { kind: "refused", message: `cannot be read: ${message}`, fix: `make ${file} readable` };
  }
  try {
    const text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    const mark = text.startsWith("\uFEFF") ? "\uFEFF" : "";
    return { kind: "text", bytes, mark, text: text.slice(mark.length) };
  } catch {
    return { kind: "refused", message: "is not UTF-8", fix: `save ${file} as UTF-8` };
  }
}

/** No client writes deeper than this, and whoever walks what was read may do so by recursion. */
const DEPTH_MOST = 128;
const TOO_DEEP: Read = {
  kind: "unreadable",
  problem: { message: "it is nested too deep", line: 1, column: 1 },
};

function isDeeper(part: Part, most: number): boolean {
  if (most === 0) return true;
  if (part.kind === "object") return part.members.some(({ value }) => isDeeper(value, most - 1));
  return part.kind === "array" && part.items.some((item) => isDeeper(item, most - 1));
}

/** Reads a text as the client writes it. */
export function readAs(client: Client, text: string): Read {
  try {
    const read = client.syntax === "toml" ? readToml(text) : readJsonc(text);
    return read.kind === "read" && isDeeper(read.root, DEPTH_MOST) ? TOO_DEEP : read;
  } catch (error) {
    if (error instanceof RangeError) return TOO_DEEP;
    throw error;
  }
}

function serverOf(entry: Entry): FoundServer {
  const disabled = memberOf(entry.part, "disabled")?.value;
  const enabled = memberOf(entry.part, "enabled")?.value;
  return {
    name: entry.name,
    kind: entry.words !== undefined ? "program" : entry.url === undefined ? "unknown" : "remote",
    wrapped: entry.words !== undefined && wrappingOf(entry.words) !== undefined,
    gate: leadsToGate(entry),
    disabled:
      (disabled?.kind === "other" && disabled.value === true) ||
      (enabled?.kind === "other" && enabled.value === false),
    secrets: plainSecrets(entry).map(({ called }) => called),
    entry,
  };
}

function serversAt(root: Part, keys: readonly string[]): readonly FoundServer[] {
  const list = memberAt(root, keys)?.value;
  if (list?.kind !== "object") return [];
  const names = [...new Set(list.members.map(({ key }) => key))];
  return names.flatMap((name) => {
    const part = memberOf(list, name)?.value;
    const entry = part === undefined ? undefined : readEntry(name, [...keys, name], part);
    return entry === undefined ? [] : [serverOf(entry)];
  });
}

/** The lists in a file that was read: one, and in Claude Code's own file one more for each project. */
export function listsIn(place: Place, client: Client, root: Part): readonly FoundList[] {
  const own: FoundList = {
    client,
    scope: place.scope,
    file: place.file,
    project: undefined,
    keys: client.keys,
    servers: serversAt(root, client.keys),
  };
  if (client.id !== "claude-code" || place.scope !== "user") return [own];
  const projects = memberOf(root, "projects")?.value;
  const names = projects?.kind === "object" ? [...new Set(projects.members.map(({ key }) => key))] : [];
  const local = names.map((project): FoundList => {
    const keys = ["projects", project, ...client.keys];
    return { ...own, scope: "local", project, keys, servers: serversAt(root, keys) };
  });
  return [own, ...local.filter(({ servers }) => servers.length > 0)];
}

/** A client's file that could be read. `bytes` are undefined where there is none yet. */
export interface FoundFile {
  readonly client: Client;
  readonly place: Place;
  readonly bytes: Buffer | undefined;
  /** Its byte order mark, which is not part of `text`. */
  readonly mark: string;
  readonly text: string;
  readonly root: Part;
}

/** Reads one file: a problem where it exists and cannot be read. */
export function findFile(place: Place, client: Client): FoundFile | FoundProblem {
  const file = readClientFile(place.file);
  const about = { client, scope: place.scope, file: place.file };
  if (file.kind === "refused")
    return { ...about, message: file.message, line: undefined, column: undefined, fix: file.fix };
  const { bytes, mark, text } = file.kind === "absent" ? { bytes: undefined, mark: "", text: "" } : file;
  const read = readAs(client, text);
  if (read.kind === "read") return { client, place, bytes, mark, text, root: read.root };
  const { message, line, column } = read.problem;
  const fix = `mend line ${line}, column ${column} of ${place.file}; ${client.label} may not read it either`;
  return { ...about, message: `cannot be read: ${message}`, line, column, fix };
}

/** Reads every file that clients on this machine have. Changes nothing. */
export function findFiles(machine: Machine = thisMachine()): {
  readonly files: readonly FoundFile[];
  readonly problems: readonly FoundProblem[];
} {
  const files: FoundFile[] = [];
  const problems: FoundProblem[] = [];
  for (const place of places(machine)) {
    const found = findFile(place, clientOf(place.client));
    if ("message" in found) problems.push(found);
    else if (found.bytes !== undefined) files.push(found);
  }
  return { files, problems };
}

/** Finds every list of servers that clients on this machine have, and reads them. Changes nothing. */
export function findClients(machine: Machine = thisMachine()): Found {
  const { files, problems } = findFiles(machine);
  return { lists: files.flatMap(({ place, client, root }) => listsIn(place, client, root)), problems };
}
