/** How the secrets of one issuer look. The pattern begins with the prefix, has no unbounded part, and runs on what follows only. */
export interface Format {
  readonly kind: string;
  /** Letters that it begins with, in this case. */
  readonly prefix: string;
  readonly pattern: RegExp;
  /** Whether a checksum in it is right; undefined where it has none. */
  readonly checks?: (secret: string) => boolean;
  /** Not a credential by itself, or one for tests only. */
  readonly weak?: boolean;
  /** All are of one length: what matches was not cut. */
  readonly whole?: true;
}

/** What follows a prefix, in so many letters and no other number of them. */
const FIXED = /^[^*+?,]*\{\d+\}$/;

const ESCAPED = /[\\^$.*+?()[\]{}|]/g;

/**
 * Reads `github: ghp_ gho_ :: [A-Za-z0-9]{36}`: a kind, prefixes, and what follows each of them. A line that begins with `~` tells
 * of what is weak. No pattern may go on after its end: what must not follow is a letter or digit.
 */
export function formatsOf(
  table: string,
  checks: Readonly<Record<string, Format["checks"]>> = {},
): readonly Format[] {
  return table
    .split("\n")
    .map((line) => line.trim())
    .filter((line) => line !== "")
    .flatMap((line) => {
      const weak = line.startsWith("~");
      const [, kind = "", prefixes = "", rest = ""] = /^~?\s*([\w-]+): (.+?) :: (.+)$/.exec(line) ?? [];
      const check = checks[kind];
      return prefixes.split(" ").map((prefix) => ({
        kind,
        prefix,
        pattern: new RegExp(`${prefix.replaceAll(ESCAPED, String.raw`\$&`)}(?:${rest})(?![A-Za-z0-9])`, "y"),
        ...(check !== undefined && { checks: check }),
        ...(weak && { weak }),
        ...(FIXED.test(rest) && { whole: true }),
      }));
    });
}
