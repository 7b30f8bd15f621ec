import { win32 } from "node:path";
import { isSecret } from "./secret-values.ts";
import { type Member, memberOf, type Part, textsOf } from "./syntax.ts";

/** An entry of a client's list of servers, and where its parts stand. */
export interface Entry {
  readonly name: string;
  /** From the root of the file to the entry. */
  readonly keys: readonly string[];
  readonly part: Part;
  /** Keys from the entry to what holds the program: none, or `command` where a client writes an object there. */
  readonly holder: readonly string[];
  /** `program` is its value's member; undefined where the entry starts none. */
  readonly program: Member | undefined;
  readonly args: Member | undefined;
  /** Program and arguments; undefined where they are not all text. */
  readonly words: readonly string[] | undefined;
  readonly url: string | undefined;
}

/** How a command line stands behind `portcullis wrap`. */
export interface Wrapping {
  /** The words up to and with `wrap`. */
  readonly launcher: readonly string[];
  readonly options: readonly string[];
  /** What it stands in front of. */
  readonly inner: readonly string[];
}

const URL_KEYS = ["url", "serverUrl", "httpUrl"];
const OURS = /(?:^|[/\\])portcullis(?:\.js|\.cmd|\.exe)?$|^portcullis@[\w.-]+$/;
const RUNTIME = /^(?:node(?:js)?[\d.]*|bun)$/;
const FETCHERS = new Set(["npx", "pnpx", "bunx", "npm", "pnpm", "yarn"]);
const FETCHING = new Set(["exec", "dlx", "-y", "--yes", "-q", "--quiet", "--"]);

/** Reads one entry; undefined where it is not an object. */
export function readEntry(name: string, keys: readonly string[], part: Part): Entry | undefined {
  if (part.kind !== "object") return undefined;
  const command = memberOf(part, "command");
  const nested = command?.value.kind === "object" ? command.value : undefined;
  const holding = nested ?? part;
  const program = nested === undefined ? command : memberOf(nested, "path");
  const args = memberOf(holding, "args");
  const rest = args === undefined ? [] : textsOf(args.value);
  const started = program?.value.kind === "text" ? program.value.value : undefined;
  const url = URL_KEYS.map((key) => memberOf(part, key)?.value).find((value) => value?.kind === "text");
  return {
    name,
    keys,
    part,
    holder: nested === undefined ? [] : ["command"],
    program,
    args,
    words: started === undefined || rest === undefined ? undefined : [started, ...rest],
    url: url?.kind === "text" ? url.value : undefined,
  };
}

const named = (program: string): string =>
  win32
    .basename(program)
    .toLowerCase()
    .replace(/\.(?:exe|cmd)$/, "");

/** Whether words do nothing but start the program that comes after them. A program can be given any words as arguments. */
function startsNext(words: readonly string[]): boolean {
  const shell = named(words[0] ?? "") === "cmd" && words[1]?.toLowerCase() === "/c";
  const [program, ...rest] = shell ? words.slice(2) : words;
  if (program === undefined) return true;
  const name = named(program);
  if (FETCHERS.has(name)) return rest.every((word) => FETCHING.has(word));
  return rest.length === 0 && (RUNTIME.test(name) || program === process.execPath);
}

function ours(words: readonly string[], verb: string): number {
  const at = words.findIndex((word, index) => word === verb && OURS.test(words[index - 1] ?? ""));
  return at > 0 && startsNext(words.slice(0, at - 1)) ? at : -1;
}

/** How words stand behind `wrap`; undefined where they do not. */
export function wrappingOf(words: readonly string[]): Wrapping | undefined {
  const verb = ours(words, "wrap");
  if (verb < 0) return undefined;
  let next = verb + 1;
  while (next < words.length && words[next] !== "--" && words[next]?.startsWith("-"))
    next += words[next]?.includes("=") ? 1 : 2;
  return {
    launcher: words.slice(0, verb + 1),
    options: words.slice(verb + 1, next),
    inner: words.slice(words[next] === "--" ? next + 1 : next),
  };
}

/** Whether an entry leads to the gate as `connect` has it do. */
export function leadsToGate({ name, words, url }: Entry): boolean {
  return words === undefined ? name === "portcullis" && url !== undefined : ours(words, "proxy") >= 0;
}

/** A value of an entry that is a secret in clear, by its keys from the entry on. */
export interface PlainSecret {
  readonly keys: readonly string[];
  /** As messages name it: `env.GITHUB_TOKEN`, `args[2]`. */
  readonly called: string;
  readonly part: Extract<Part, { kind: "text" }>;
}

/** Secrets that stand in clear in an entry's environment, headers, arguments and address. */
export function plainSecrets({ part, holder, args }: Entry): readonly PlainSecret[] {
  const found: PlainSecret[] = [];
  const see = (judged: string, keys: readonly string[], called: string, value: Part | undefined): void => {
    if (value?.kind === "text" && isSecret(judged, value.value)) found.push({ keys, called, part: value });
  };
  const maps = [[...holder, "env"], ["headers"], ["http_headers"]];
  for (const keys of maps) {
    const map = keys.reduce<Part | undefined>((here, key) => memberOf(here, key)?.value, part);
    if (map?.kind !== "object") continue;
    for (const { key, value } of map.members) see(key, [...keys, key], [...keys, key].join("."), value);
  }
  const items = args?.value.kind === "array" ? args.value.items : [];
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    const flag = before?.kind === "text" && before.value.startsWith("-") ? before.value : "";
    const own = item.kind === "text" ? /^(-+[^=]+)=/.exec(item.value)?.[1] : undefined;
    // A flag is no secret, however it is called; `--token=…` may be one.
    if (item.kind === "text" && item.value.startsWith("-") && own === undefined) continue;
    see(own ?? flag, [...holder, "args", String(index)], `args[${index}]`, item);
  }
  for (const key of URL_KEYS) see("", [key], key, memberOf(part, key)?.value);
  return found;
}
