import { statSync } from "node:fs";
import { resolve } from "node:path";
import { type Action, GUARD_NAMES } from "../call/guard.ts";
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
export interface FilePlugin extends PluginTerms {
  readonly kind: "module" | "sandbox";
  readonly file: string;
}
/** A guard that is not built in. */
export type Plugin = FilePlugin;

const TIMEOUT_MS = { module: 1000, sandbox: 250 } as const;

function isFile(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isFile() === true;
}

function pluginOf({ folder, env, origin, findings }: Reading, name: string, entry: PluginEntry): Plugin {
  const { kind, action, threshold, broken } = entry;
  const problem = (key: JsonPath, message: string, hint?: string): void =>
    void findings.problems.push(origin.problem(["plugins", name, ...key], message, hint));
  if (GUARD_NAMES.some((each) => each === name))
    problem(
      [],
      "is the name of a built-in guard",
      "`guards:` says what that does; name the plugin otherwise",
    );
  const path = resolve(folder, expand(entry.file, ["plugins", name, "file"], env, origin, findings));
  if (!isFile(path)) problem(["file"], `${shown(path)} is no file`, "a module that exports `plugin`");
  return {
    kind,
    name,
    action: action === "off" ? undefined : action,
    threshold,
    broken,
    timeout_ms: entry.timeout_ms ?? TIMEOUT_MS[kind],
    file: path,
  };
}

/** The guards that are not built in, in the order of the file, without those that are off. What is wrong is in the findings. */
export function buildPlugins(reading: Reading): readonly Plugin[] {
  return Object.entries(reading.file.plugins ?? {}).flatMap(([name, entry]) => {
    const plugin = pluginOf(reading, name, entry);
    return entry.action === "off" ? [] : [plugin];
  });
}
