import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Action, type FindingClass, GUARD_NAMES, type Tier } from "../call/guard.ts";
import type { JsonPath } from "../call/json.ts";
import type { Reading } from "./build.ts";
import { shown } from "./paths.ts";
import type { AskedEntry } from "./asked-plugin-schema.ts";
import type { PluginEntry } from "./plugin-schema.ts";
import { expand } from "./references.ts";

interface PluginTerms {
  /** Names it in the record and in rules. */
  readonly name: string;
  /** Undefined: the most that its tier allows. */
  readonly action: Action | undefined;
  readonly threshold: number | undefined;
  /** Undefined: what it declares. */
  readonly broken: "stop" | "pass" | undefined;
  /** For all texts of one message. */
  readonly timeout_ms: number;
}
/** A plugin of a file, trusted in this process or in a sandbox. `file` is absolute. */
interface FilePlugin extends PluginTerms {
  readonly kind: "module" | "sandbox";
  readonly file: string;
}
/** A text classifier in ONNX. `folder` is absolute. */
export interface OnnxPlugin extends PluginTerms {
  readonly kind: "onnx";
  readonly folder: string;
  readonly flags: Flags;
  readonly broken: "stop" | "pass";
  readonly tier: Tier;
}
/** What is known of every program elsewhere. Values of headers are secrets. */
export interface AskedTerms extends PluginTerms {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly broken: "stop" | "pass";
  readonly tier: Tier;
}
/** A classifier's labels that are findings, and their class. */
type Flags = Readonly<Record<string, FindingClass>>;
/** What is particular to each. */
interface Kinds {
  readonly http: object;
  readonly presidio: { readonly language: string };
  readonly llm_guard: { readonly endpoint: "analyze" | "scan"; readonly suppress: readonly string[] };
  readonly lakera: { readonly project: string | undefined };
  /** `status`: of an answer that was prevented. */
  readonly open_appsec: { readonly status: number };
  readonly interceptors: object;
  readonly tei: { readonly flags: Flags };
  readonly kserve: {
    readonly flags: Flags;
    readonly model: string;
    readonly input: string;
    /** Undefined: the first. */
    readonly output: string | undefined;
    /** What the numbers of an output stand for. */
    readonly columns: readonly string[];
  };
}
type Kind = keyof Kinds;
/** A program elsewhere that is asked, of one kind. */
export type Asked<K extends Kind> = AskedTerms & { readonly kind: K } & Kinds[K];
/** A program elsewhere that is asked. */
export type AskedPlugin = { readonly [K in Kind]: Asked<K> }[Kind];
/** A guard that is not built in. */
export type Plugin = FilePlugin | OnnxPlugin | AskedPlugin;

const TIMEOUT_MS = 1000;
const SANDBOX_MS = 250;
/** Built in: what judges a text as a whole has nothing to mask. */
const TIERS: Readonly<Record<Kind, Tier>> = {
  http: "rewrite",
  presidio: "rewrite",
  llm_guard: "rewrite",
  lakera: "rewrite",
  open_appsec: "tighten",
  interceptors: "rewrite",
  tei: "tighten",
  kserve: "tighten",
};

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

/** What is wrong with one plugin, and a text of it with the environment put in. */
interface Section {
  readonly folder: string;
  readonly problem: (key: JsonPath, message: string, hint?: string) => void;
  readonly text: (key: JsonPath, written: string) => string;
}

function urlOf({ problem, text }: Section, written: string): string {
  const url = text(["url"], written);
  const read = URL.canParse(url) ? new URL(url) : undefined;
  if (url !== "" && (read === undefined || !/^https?:$/.test(read.protocol)))
    problem(["url"], "is no https:// address");
  else if (read?.username || read?.password)
    problem(["url"], "has a name or password before the host, which is not sent", "use `headers`");
  return url;
}

function headersOf({ problem, text }: Section, written: Readonly<Record<string, string>> = {}) {
  return Object.fromEntries(
    Object.entries(written).map(([name, value]) => {
      const sent = text(["headers", name], value);
      if (!/^[\t\u0020-\u007e]*$/.test(sent)) problem(["headers", name], "holds what no header can hold");
      return [name, sent];
    }),
  );
}

function fileOf({ folder, problem, text }: Section, written: string): string {
  const path = resolve(folder, text(["file"], written));
  if (!isFile(path)) problem(["file"], `${shown(path)} is no file`, "a module that exports `plugin`");
  return path;
}

function folderOf({ folder, problem, text }: Section, written: string): string {
  const path = resolve(folder, text(["folder"], written));
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory() !== true)
    problem(["folder"], `${shown(path)} is no folder`, "where the model lies");
  return path;
}

function pluginOf({ folder, env, origin, findings }: Reading, name: string, entry: PluginEntry): Plugin {
  const section: Section = {
    folder,
    problem: (key, message, hint) =>
      void findings.problems.push(origin.problem(["plugins", name, ...key], message, hint)),
    text: (key, written) => expand(written, ["plugins", name, ...key], env, origin, findings),
  };
  if (GUARD_NAMES.some((each) => each === name))
    section.problem(
      [],
      "is the name of a built-in guard",
      "`guards:` says what that does; name the plugin otherwise",
    );
  const { kind, action, threshold, timeout_ms = kind === "sandbox" ? SANDBOX_MS : TIMEOUT_MS } = entry;
  const terms = { name, action: action === "off" ? undefined : action, threshold, timeout_ms };
  if (entry.kind === "module" || entry.kind === "sandbox")
    return { ...terms, kind: entry.kind, broken: entry.broken, file: fileOf(section, entry.file) };
  if (entry.kind === "onnx") {
    const { tier = "tighten", broken, flags } = entry;
    return { ...terms, kind: entry.kind, broken, tier, flags, folder: folderOf(section, entry.folder) };
  }
  const { tier = TIERS[entry.kind], broken } = entry;
  const url = urlOf(section, entry.url);
  return particular({ ...terms, broken, tier, url, headers: headersOf(section, entry.headers) }, entry);
}

/** What is particular to a kind, with what is built in. */
function particular(terms: AskedTerms, entry: AskedEntry): AskedPlugin {
  switch (entry.kind) {
    case "http":
    case "interceptors":
      return { ...terms, kind: entry.kind };
    case "presidio":
      return { ...terms, kind: entry.kind, language: entry.language ?? "en" };
    case "llm_guard": {
      const { kind, endpoint = "analyze", suppress = [] } = entry;
      return { ...terms, kind, endpoint, suppress };
    }
    case "lakera":
      return { ...terms, kind: entry.kind, project: entry.project };
    case "open_appsec":
      return { ...terms, kind: entry.kind, status: entry.status ?? 403 };
    case "tei":
      return { ...terms, kind: entry.kind, flags: entry.flags };
    case "kserve": {
      const { kind, flags, model, input = "text", output, columns = [] } = entry;
      return { ...terms, kind, flags, model, input, output, columns };
    }
  }
}

/** The guards that are not built in, in the order of the file, without those that are off. What is wrong is in the findings. */
export function buildPlugins(reading: Reading): readonly Plugin[] {
  return Object.entries(reading.file.plugins ?? {}).flatMap(([name, entry]) => {
    const plugin = pluginOf(reading, name, entry);
    return entry.action === "off" ? [] : [plugin];
  });
}
