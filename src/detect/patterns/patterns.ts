import { RE2JS, RE2JSSyntaxException } from "re2js";
import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";

/** Characters of one pattern that is accepted. */
export const PATTERN_MOST = 1000;
/** Patterns of one list. */
export const PATTERNS_MOST = 100;

/**
 * MCP Governance Bridge's `blocked_patterns`, as they are written there. Letters count in either case. The first has no boundary: it
 * finds `monkey: x` too.
 */
export const BRIDGE_PATTERNS: readonly string[] = [
  String.raw`(password|secret|token|key)\s*[:=]\s*\w+`,
  String.raw`(rm|del|delete)\s+-rf`,
  String.raw`drop\s+table`,
  String.raw`eval\s*\(`,
  String.raw`exec\s*\(`,
];

/** What the five mean, with boundaries, and without what the guard for secrets finds better. */
const DEFAULT_PATTERNS: readonly string[] = [
  String.raw`\b(?:rm|del|delete)\s+-(?:\w*r\w*f|\w*f\w*r)\w*\b`,
  String.raw`\bdrop\s+(?:table|database|schema)\b`,
  String.raw`\beval\s*\(`,
  String.raw`\bexec\s*\(`,
  String.raw`\bgit\s+push\s+(?:--force|-f)\b`,
  String.raw`\bchmod\s+(?:-R\s+)?0?777\b`,
];

/**
 * The shipped lists on V8: none of them has two repetitions that can share a character, so each character is read a bounded number of
 * times by each. Patterns that others write run on RE2.
 */
const NATIVE = new Map<string, RegExp>(
  [...BRIDGE_PATTERNS, ...DEFAULT_PATTERNS].map((source) => [source, new RegExp(source, "giu")]),
);

type Finder = (text: string) => Iterable<readonly [from: number, until: number]>;

function* native(pattern: RegExp, text: string): Iterable<readonly [number, number]> {
  for (const match of text.matchAll(pattern)) yield [match.index, match.index + match[0].length];
}

function* linear(pattern: RE2JS, text: string): Iterable<readonly [number, number]> {
  const matcher = pattern.matcher(text);
  while (matcher.find()) yield [matcher.start(), matcher.end()];
}

/** What is wrong with a pattern that somebody wrote, in words; undefined where nothing is. */
export function wrongWith(source: string): string | undefined {
  if (source.length > PATTERN_MOST) return `longer than ${PATTERN_MOST} characters`;
  try {
    RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
    return undefined;
  } catch (error) {
    if (error instanceof RE2JSSyntaxException) return error.message;
    throw error;
  }
}

function finderOf(source: string): Finder {
  const shipped = NATIVE.get(source);
  if (shipped !== undefined) return (text) => native(shipped, text);
  const pattern = RE2JS.compile(source, RE2JS.CASE_INSENSITIVE);
  return (text) => linear(pattern, text);
}

/**
 * A guard of patterns that may not occur, in either case of letters, in linear time (RE2 syntax, no look-around, no back-references).
 * Throws what RE2 says of a pattern that it cannot take; ask `wrongWith` first. At most 100 patterns of at most 1,000 characters.
 */
export function patternsGuard(sources: readonly string[]): Detector {
  if (sources.length > PATTERNS_MOST) throw new RangeError(`more than ${PATTERNS_MOST} patterns`);
  const finders = sources.map((source, index) => ({
    find: finderOf(source),
    why: `blocked pattern ${index + 1}`,
  }));
  const look = (text: string): readonly Hit[] =>
    finders.flatMap(({ find, why }, index) =>
      [...find(text)].map(
        ([from, until]): Hit => ({
          class: "command_injection",
          kind: `pattern-${index + 1}`,
          severity: "high",
          score: 0.8,
          from,
          until,
          why,
        }),
      ),
    );
  return {
    name: "patterns",
    version: "1",
    classes: ["command_injection"],
    find: (views, { role }) => (role === "argument" ? lookAt("patterns", views, look) : []),
  };
}

/** The shipped list. */
export const PATTERNS = patternsGuard(DEFAULT_PATTERNS);
