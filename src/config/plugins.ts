import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Action, GUARD_NAMES, type Tier } from "../call/guard.ts";
import type { JsonPath } from "../call/json.ts";
import type { Reading } from "./build.ts";
import { shown } from "./paths.ts";
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
/** A program elsewhere that is asked. Values of headers are secrets. */
export interface AskedPlugin extends PluginTerms {
  readonly kind: "http" | "presidio";
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly broken: "stop" | "pass";
  readonly tier: Tier;
  /** Of Presidio. */
  readonly language: string;
}
/** A guard that is not built in. */
export type Plugin = FilePlugin | AskedPlugin;

const TIMEOUT_MS = { module: 1000, sandbox: 250, http: 1000, presidio: 1000 } as const;

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
  const { kind, action, threshold, timeout_ms = TIMEOUT_MS[kind] } = entry;
  const terms = { name, action: action === "off" ? undefined : action, threshold, timeout_ms };
  if (entry.kind === "module" || entry.kind === "sandbox")
    return { ...terms, kind: entry.kind, broken: entry.broken, file: fileOf(section, entry.file) };
  const { tier = "rewrite", broken } = entry;
  return {
    ...terms,
    kind: entry.kind,
    broken,
    tier,
    url: urlOf(section, entry.url),
    headers: headersOf(section, entry.headers),
    language: (entry.kind === "presidio" ? entry.language : undefined) ?? "en",
  };
}

/** The guards that are not built in, in the order of the file, without those that are off. What is wrong is in the findings. */
export function buildPlugins(reading: Reading): readonly Plugin[] {
  return Object.entries(reading.file.plugins ?? {}).flatMap(([name, entry]) => {
    const plugin = pluginOf(reading, name, entry);
    return entry.action === "off" ? [] : [plugin];
  });
}
