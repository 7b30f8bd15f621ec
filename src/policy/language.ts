import { Environment, EvaluationError } from "@marcbachmann/cel-js";
import { RE2JS } from "re2js";
import { ClientFacts, PrincipalFacts } from "./facts.ts";
import { ANNOTATION_FIELDS, AnnotationFacts } from "./annotations.ts";
import { inRange, isRange } from "./net.ts";
import { isDirectory, within } from "./path.ts";
import { type WallClock, wallClock } from "./zone.ts";

const PATTERNS = new Map<string, RE2JS>();
const PATTERN_LENGTH_MAX = 1000;

/** A compiled RE2 pattern: linear in the text, whoever wrote it. Throws where it is none or is too long. */
export function patternOf(text: string): RE2JS {
  const known = PATTERNS.get(text);
  if (known !== undefined) return known;
  if (text.length > PATTERN_LENGTH_MAX) throw new RangeError(`longer than ${PATTERN_LENGTH_MAX} characters`);
  const pattern = RE2JS.compile(text);
  if (PATTERNS.size >= 1000) PATTERNS.clear();
  PATTERNS.set(text, pattern);
  return pattern;
}

function matches(text: string, pattern: string): boolean {
  try {
    return patternOf(pattern).test(text);
  } catch {
    throw new EvaluationError({ code: "invalid_regular_expression", message: "not a regular expression" });
  }
}

function withinRange(address: string, range: string): boolean {
  if (isRange(range)) return inRange(address, range);
  throw new EvaluationError({
    code: "invalid_range",
    message: "the range of net.inRange is no address and no CIDR range",
  });
}

function withinDirectory(path: unknown, directory: string, base?: string): boolean {
  if (isDirectory(directory)) return within(path, directory, base);
  throw new EvaluationError({
    code: "relative_directory",
    message: "the directory of path.within is not absolute",
  });
}

/** Whether any text inside a value, names of members included, has what the pattern means. */
function found(value: unknown, pattern: string): boolean {
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === "string" && matches(next, pattern)) return true;
    if (typeof next !== "object" || next === null) continue;
    const members = next instanceof Map ? Array.from(next) : Object.entries(next);
    if (!Array.isArray(next) && members.some(([name]) => matches(String(name), pattern))) return true;
    for (const [, inside] of members) waiting.push(inside);
  }
  return false;
}

// oxlint-disable-next-line typescript/no-extraneous-class -- the library tells types apart by their constructor
class PathNamespace {}
// oxlint-disable-next-line typescript/no-extraneous-class -- as above
class TextNamespace {}
// oxlint-disable-next-line typescript/no-extraneous-class -- as above
class NetNamespace {}

/**
 * Methods whose place in the library is taken, and what stands in for each: the library's own `matches` runs on a
 * matcher that a pattern can hang, its calendar depends on the machine's time zone, its `lowerAscii` changes letters beyond ASCII. A parsed call is renamed to these.
 */
export const REPLACED: ReadonlyMap<string, string> = new Map([
  ["matches", "matchesRe2"],
  ["lowerAscii", "lowerOnlyAscii"],
  ["upperAscii", "upperOnlyAscii"],
  ["trim", "trimWhiteSpace"],
  ["timestamp", "zonedTimestamp"],
  ["getFullYear", "zonedFullYear"],
  ["getMonth", "zonedMonth"],
  ["getDate", "zonedDate"],
  ["getDayOfMonth", "zonedDayOfMonth"],
  ["getDayOfWeek", "zonedDayOfWeek"],
  ["getDayOfYear", "zonedDayOfYear"],
  ["getHours", "zonedHours"],
  ["getMinutes", "zonedMinutes"],
  ["getSeconds", "zonedSeconds"],
]);

const WHITE = /\p{White_Space}/u;

/** A loop, because a pattern would look at inner blanks again and again. */
function trimmed(text: string): string {
  let [from, until] = [0, text.length];
  while (from < until && WHITE.test(text.charAt(from))) from++;
  while (until > from && WHITE.test(text.charAt(until - 1))) until--;
  return text.slice(from, until);
}

const CHANGES: Readonly<Record<string, (text: string) => string>> = {
  lowerOnlyAscii: (text) => text.replaceAll(/[A-Z]+/g, (some) => some.toLowerCase()),
  upperOnlyAscii: (text) => text.replaceAll(/[a-z]+/g, (some) => some.toUpperCase()),
  trimWhiteSpace: trimmed,
};

const CLOCK: Readonly<Record<string, (clock: WallClock) => number>> = {
  zonedFullYear: (clock) => clock.year,
  zonedMonth: (clock) => clock.month,
  zonedDate: (clock) => clock.day + 1,
  zonedDayOfMonth: (clock) => clock.day,
  zonedDayOfWeek: (clock) => clock.weekday,
  zonedDayOfYear: (clock) => clock.yearday,
  zonedHours: (clock) => clock.hour,
  zonedMinutes: (clock) => clock.minute,
  zonedSeconds: (clock) => clock.second,
};

function clockOf(instant: Date, zone: string): WallClock {
  try {
    return wallClock(instant, zone);
  } catch {
    throw new EvaluationError({ code: "invalid_time_zone", message: "not a time zone" });
  }
}

/** RFC 3339 with its offset: without one the machine's own zone would decide. */
function timestamp(text: string): Date {
  const at = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{1,9})?(?:Z|[+-]\d\d:\d\d)$/.test(text)
    ? new Date(text)
    : undefined;
  if (at !== undefined && !Number.isNaN(at.getTime())) return at;
  throw new EvaluationError({
    code: "invalid_timestamp",
    message: "not an RFC 3339 time with Z or an offset",
  });
}

/** The variables of a condition and their CEL types. */
export const VARIABLES: Readonly<Record<string, string>> = {
  args: "map<string, dyn>",
  principal: "Principal",
  client: "Client",
  tenant: "string",
  server: "string",
  method: "string",
  era: "string",
  tool: "string",
  prompt: "string",
  resource: "string",
  annotations: "Annotations",
  now: "google.protobuf.Timestamp",
  findings: "list<map<string, string>>",
  risk: "int",
};

/** What stands before the dot of `path.within`, `net.inRange` and `text.found`. */
function namespaces(env: Environment): void {
  env.registerType("NetNamespace", NetNamespace);
  env.registerConstant("net", "NetNamespace", new NetNamespace());
  env.registerType("PathNamespace", PathNamespace);
  env.registerConstant("path", "PathNamespace", new PathNamespace());
  env.registerType("TextNamespace", TextNamespace);
  env.registerConstant("text", "TextNamespace", new TextNamespace());
}

function environment(): Environment {
  const env = new Environment({
    homogeneousAggregateLiterals: false,
    limits: { maxAstNodes: 500, maxDepth: 32, maxListElements: 250, maxMapEntries: 100, maxCallArguments: 8 },
  });
  env.registerType("Principal", {
    ctor: PrincipalFacts,
    fields: {
      id: "string",
      tenant: "string",
      roles: "list<string>",
      scopes: "list<string>",
      source: "string",
      amr: "list<string>",
      acr: "string",
      address: "string",
      auth_time: "google.protobuf.Timestamp",
    },
  });
  env.registerType("Client", { ctor: ClientFacts, fields: { name: "string", version: "string" } });
  env.registerType("Annotations", { ctor: AnnotationFacts, fields: ANNOTATION_FIELDS });
  namespaces(env);
  for (const [name, type] of Object.entries(VARIABLES)) env.registerVariable(name, type);
  const sync = { async: false };
  env.registerFunction(
    "PathNamespace.within(dyn, string): bool",
    (_: PathNamespace, path: unknown, directory: string) => withinDirectory(path, directory),
    sync,
  );
  // Nobody writes this one: `anchor` puts in where relative paths are taken from.
  env.registerFunction(
    "PathNamespace.within(dyn, string, string): bool",
    (_: PathNamespace, path: unknown, directory: string, base: string) =>
      withinDirectory(path, directory, base),
    sync,
  );
  env.registerFunction(
    "NetNamespace.inRange(string, string): bool",
    (_: NetNamespace, address: string, range: string) => withinRange(address, range),
    sync,
  );
  env.registerFunction(
    "TextNamespace.found(dyn, string): bool",
    (_: TextNamespace, value: unknown, pattern: string) => found(value, pattern),
    sync,
  );
  env.registerFunction("string.matchesRe2(string): bool", matches, sync);
  for (const [name, change] of Object.entries(CHANGES))
    env.registerFunction(`string.${name}(): string`, change, sync);
  env.registerFunction("zonedTimestamp(string): google.protobuf.Timestamp", timestamp, sync);
  const instant = "google.protobuf.Timestamp";
  for (const [name, part] of Object.entries(CLOCK)) {
    env.registerFunction(`${instant}.${name}(): int`, (at: Date) => BigInt(part(clockOf(at, "UTC"))), sync);
    env.registerFunction(
      `${instant}.${name}(string): int`,
      (at: Date, zone: string) => BigInt(part(clockOf(at, zone))),
      sync,
    );
  }
  const duration = "google.protobuf.Duration";
  for (const part of ["Hours", "Minutes", "Seconds"] as const) {
    env.registerFunction(
      `${duration}.zoned${part}(): int`,
      (length: { getHours(): bigint; getMinutes(): bigint; getSeconds(): bigint }) => length[`get${part}`](),
      sync,
    );
  }
  return env;
}

/** The condition language: CEL with our variables, `path.within`, `net.inRange`, `text.found`, and nothing that depends on the machine. */
export const LANGUAGE = environment();
