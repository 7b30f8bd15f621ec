/** Whether a value is one of those that a pattern means. */
export type Matcher = (value: string) => boolean;

/** `.`, `_`, `/` and `-` become one character: `workers.deploy`, `workers_deploy` and `workers/deploy` are one name. */
export function fold(name: string): string {
  return name.replaceAll(/[./-]/g, "_");
}

/** The alternatives of a pattern as it is written: `a*|b` or a list of such. Blanks around an alternative do not count. */
export function alternatives(written: string | readonly string[]): readonly string[] {
  const patterns = typeof written === "string" ? [written] : written;
  return patterns.flatMap((pattern) => pattern.split("|").map((glob) => glob.trim()));
}

/** Whether `part`, in which `?` stands for any character, stands in `value` at `from`. */
function standsAt(part: string, value: string, from: number): boolean {
  if (from + part.length > value.length) return false;
  for (let index = 0; index < part.length; index++) {
    const wanted = part[index];
    if (wanted !== "?" && wanted !== value[from + index]) return false;
  }
  return true;
}

/** The first place at or after `from` where `part` stands and ends no later than `end`, or -1. */
function find(part: string, value: string, from: number, end: number): number {
  if (!part.includes("?")) {
    const found = value.indexOf(part, from);
    return found + part.length <= end ? found : -1;
  }
  for (let at = from; at + part.length <= end; at++) if (standsAt(part, value, at)) return at;
  return -1;
}

/**
 * One glob: `*` is any run of characters (none, and `/`, too), `?` exactly one UTF-16 unit, all else itself, case and all.
 * Each part between stars takes the first place it finds, which is enough and never goes back: the time is
 * linear in the value for a given glob.
 */
function matcherOf(glob: string): Matcher {
  if (/^\*+$/.test(glob)) return () => true;
  const parts = glob.split(/\*+/);
  const head = parts[0] ?? "";
  if (parts.length === 1) {
    return glob.includes("?")
      ? (value) => value.length === glob.length && standsAt(glob, value, 0)
      : (value) => value === glob;
  }
  const tail = parts.at(-1) ?? "";
  const middle = parts.slice(1, -1);
  return (value) => {
    const end = value.length - tail.length;
    if (end < head.length || !standsAt(head, value, 0) || !standsAt(tail, value, end)) return false;
    let from = head.length;
    for (const part of middle) {
      const found = find(part, value, from, end);
      if (found === -1) return false;
      from = found + part.length;
    }
    return true;
  };
}

/** A matcher for any of these globs. */
export function anyOf(globs: readonly string[]): Matcher {
  const matchers = globs.map(matcherOf);
  const [only] = matchers;
  if (only !== undefined && matchers.length === 1) return only;
  return (value) => {
    for (const matches of matchers) if (matches(value)) return true;
    return false;
  };
}

/** As `anyOf`, with `.`, `_`, `/` and `-` alike on both sides. */
export function anyOfFolded(globs: readonly string[]): Matcher {
  const matches = anyOf(globs.map(fold));
  return (value) => matches(fold(value));
}

/** Whether a glob names exactly one value. */
export function isLiteral(glob: string): boolean {
  return !/[*?]/.test(glob);
}
