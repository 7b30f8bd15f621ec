import type { PathArgument, Used } from "./usage.ts";

/** Characters of a condition. */
const MOST_CONDITION = 2_000;
/** What CEL keeps for itself. */
const RESERVED = new Set(
  "as break const continue else false for function if import in let loop namespace null package return true var void while".split(
    " ",
  ),
);

const reads = (name: string): string =>
  /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) && !RESERVED.has(name)
    ? `args.${name}`
    : `args[${JSON.stringify(name)}]`;
const asks = (name: string): string =>
  reads(name).startsWith("args.") ? `has(${reads(name)})` : `${JSON.stringify(name)} in args`;

function conditionOf({ name, always }: PathArgument, directories: readonly string[]): string {
  const inside = directories
    .map((each) => `path.within(${reads(name)}, ${JSON.stringify(each)})`)
    .join(" || ");
  if (always) return inside;
  return `!(${asks(name)}) || ${inside}`;
}

/** The directories that the path arguments of a tool stayed in, and the condition that says so. */
export interface Bounds {
  readonly when: string | undefined;
  readonly directories: ReadonlyMap<string, readonly string[]>;
}

/** What bounds the path arguments of a tool. */
export function boundsOf({ paths }: Used): Bounds {
  const directories = new Map<string, readonly string[]>();
  const parts: string[] = [];
  for (const argument of paths.values()) {
    const found = argument.odd ? undefined : argument.paths.directories();
    if (found === undefined || found.length === 0) continue;
    directories.set(argument.name, found);
    parts.push(conditionOf(argument, found));
  }
  const when =
    parts.length === 1
      ? (parts[0] ?? "")
      : parts.map((part) => (part.includes(" || ") ? `(${part})` : part)).join(" && ");
  return parts.length === 0 || when.length > MOST_CONDITION
    ? { when: undefined, directories: new Map() }
    : { when, directories };
}
