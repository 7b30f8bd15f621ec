import { z } from "zod";
import { isObject, type JsonPath } from "../call/json.ts";
import { keysAt, schemasAt } from "../document/expected.ts";
import { type Problem, problemOf, Problems } from "../document/problem.ts";
import { isCut, prune } from "../document/prune.ts";
import { pathText, readDocument } from "../document/read.ts";
import { readSecretFile, type Environment } from "./references.ts";
import { type ConfigFile, configSchema } from "./schema.ts";
import { isNoSetting } from "./told.ts";

const PREFIX = "PORTCULLIS_";
/** What Kubernetes sets for a service that is called portcullis; not ours. */
const OF_KUBERNETES = /^PORTCULLIS_(?:SERVICE_HOST|SERVICE_PORT\w*|PORT|PORT_\d+_(?:TCP|UDP)\w*)$/;

/** A value that the environment gives, and the variable it came from. */
interface Setting {
  readonly variable: string;
  readonly path: JsonPath;
  readonly value: unknown;
}

export interface Settings {
  readonly values: ConfigFile;
  readonly problems: readonly Problem[];
  /** The variable that gave the member at a path, or undefined where none did. */
  variableOf(path: JsonPath): string | undefined;
  /** Whether a variable of wrong shape was left out at or below a path. */
  doubts(path: JsonPath): boolean;
}

const alike = (key: string): string => key.toLowerCase().replaceAll(/[-_.]/g, "");

/** `PORTCULLIS_AUTH__MODE` → `auth.mode`. Names are compared without case, since variables are written in capitals. */
function pathOf(name: string, file: ConfigFile): JsonPath {
  const path: string[] = [];
  let here: unknown = file;
  for (const word of name.split("__")) {
    const known = [...keysAt(configSchema, path), ...(isObject(here) ? Object.keys(here) : [])];
    const key = known.find((each) => alike(each) === alike(word)) ?? word.toLowerCase();
    here = isObject(here) ? here[key] : undefined;
    path.push(key);
  }
  return path;
}

/** A text where the schema takes text, unless it takes a list too and gets one (`[a, b]`); otherwise numbers, lists and the like as YAML writes them. */
function valueOf(variable: string, text: string, path: JsonPath): unknown {
  const schemas = schemasAt(configSchema, path);
  const listed = schemas.length > 1 && /^\[.*\]$/s.test(text);
  if (!listed && schemas.some((schema) => z.safeParse(schema, text).success)) return text;
  return readDocument(variable, text, z.json()).value;
}

function put(into: Record<string, unknown>, path: JsonPath, value: unknown): void {
  let here = into;
  for (const key of path.slice(0, -1)) {
    if (!isObject(here[key])) here[key] = {};
    here = here[key] as Record<string, unknown>;
  }
  const last = path.at(-1);
  if (last !== undefined) here[last] = value;
}

function settingsOf(env: Environment, file: ConfigFile, problems: Problem[]): readonly Setting[] {
  const settings: Setting[] = [];
  for (const [variable, text] of Object.entries(env).toSorted(([a], [b]) => (a < b ? -1 : 1))) {
    if (!variable.startsWith(PREFIX) || text === undefined || OF_KUBERNETES.test(variable)) continue;
    if (isNoSetting(variable)) continue;
    const fromFile = variable.endsWith("_FILE");
    const path = pathOf(variable.slice(PREFIX.length, fromFile ? -"_FILE".length : undefined), file);
    if (path.some((key) => key === "__proto__" || key === "")) {
      problems.push(problemOf(variable, "not a name that a setting can have"));
      continue;
    }
    try {
      settings.push({
        variable,
        path,
        value: valueOf(variable, fromFile ? readSecretFile(text) : text, path),
      });
    } catch (error) {
      if (error instanceof Problems) problems.push(problemOf(variable, "cannot be read as YAML"));
      else problems.push(problemOf(variable, `its file cannot be read: ${(error as Error).message}`));
    }
  }
  return settings;
}

/** What `PORTCULLIS_…` variables set: `__` goes one level down, `…_FILE` names a file that holds the value. */
export function readEnvironment(env: Environment, file: ConfigFile): Settings {
  const problems: Problem[] = [];
  const settings = settingsOf(env, file, problems);
  const values: Record<string, unknown> = Object.create(null);
  for (const setting of settings) put(values, setting.path, setting.value);
  const variableOf = (path: JsonPath): string | undefined => {
    const text = `${pathText(path)}.`;
    return settings.find(
      (each) => text.startsWith(`${pathText(each.path)}.`) || `${pathText(each.path)}.`.startsWith(text),
    )?.variable;
  };
  const read = prune(configSchema, { ...values });
  for (const { path, message, hint } of read.remarks) {
    problems.push(problemOf(variableOf(path) ?? PREFIX, `${pathText(path)}: ${message}`, hint));
  }
  return { values: read.value ?? {}, problems, variableOf, doubts: (path) => isCut(read.cuts, path) };
}

/** Members of `over` take the place of those in `under`; mappings are merged. */
export function merge(under: unknown, over: unknown): unknown {
  if (!isObject(under) || !isObject(over)) return over === undefined ? under : over;
  const merged: Record<string, unknown> = { ...under };
  for (const [key, value] of Object.entries(over))
    merged[key] = merge(Object.hasOwn(under, key) ? under[key] : undefined, value);
  return merged;
}
