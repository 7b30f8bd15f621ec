import { type Automaton, automatonOf } from "./automaton.ts";
import type { FindingClass } from "./detector.ts";
import type { Hit } from "./look.ts";

/** One way an attack is written. The pattern's repetitions are bounded, so that its work is linear in the text. */
export interface Rule {
  readonly kind: string;
  readonly score: number;
  readonly pattern: RegExp;
  readonly why: string;
  /** Words and signs in ASCII, of which one at least stands in all that the pattern finds. */
  readonly needs: readonly string[];
  /** Whether it must begin with a quote or bracket that the text itself did not open: `x' or 1=1`, and not `a = 'x' or b = 1`. */
  readonly breaks?: true;
  /** The last unit of the text at which it may begin. */
  readonly by?: number;
  /** Looks once more at what the pattern found, and where. */
  readonly holds?: (found: string, text: string, at: number) => boolean;
}

/** A rule in one line. `needs`: words and signs, a space between each. */
export const rule = (kind: string, score: number, why: string, needs: string, source: string): Rule => ({
  kind,
  score,
  why,
  needs: needs.split(" "),
  pattern: new RegExp(source, "i"),
});

/** Rules made ready: the surest first, and which of them a text can follow at all. */
export interface Rules {
  readonly rules: readonly Rule[];
  readonly automaton: Automaton;
  /** By state of the automaton: the rules, as bits, for which what ends there will do. */
  readonly bits: Int32Array;
  readonly all: number;
}

/** Rules of one list: each is a bit of a number. */
const MOST = 31;

/** Makes rules ready. Throws a RangeError for more than 31. */
export function rulesOf(rules: readonly Rule[]): Rules {
  if (rules.length > MOST) throw new RangeError(`more than ${MOST} rules in one list`);
  const sorted = rules.toSorted((one, other) => other.score - one.score);
  const words = [...new Set(sorted.flatMap(({ needs }) => needs))];
  const automaton = automatonOf(words);
  const ofWord = words.map((word) =>
    sorted.reduce((bits, { needs }, at) => (needs.includes(word) ? bits | (1 << at) : bits), 0),
  );
  const bits = Int32Array.from(automaton.ends, (ends) =>
    (ends ?? []).reduce((sum, word) => sum | (ofWord[word] ?? 0), 0),
  );
  return { rules: sorted, automaton, bits, all: 2 ** sorted.length - 1 };
}

/** Signs that stand for ASCII ones in patterns. */
const WIDE = new Set(Array.from("´’∕⁄／＼", (sign) => sign.charCodeAt(0)));

/** The rules that a text may follow, as bits: one pass, so that most texts meet no pattern. */
function possible({ automaton: { next, column, width }, bits, all }: Rules, text: string): number {
  let state = 0;
  let may = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 128) {
      if (WIDE.has(code)) return all;
      state = 0;
      continue;
    }
    state = next[state * width + (column[code] ?? 0)] ?? 0;
    may |= bits[state] ?? 0;
  }
  return may;
}

const OPENS = 40;
const CLOSES = 41;

/** How deep a text is in quotes or brackets of one kind, up to a place. */
interface Depth {
  depth: number;
  place: number;
}

/** Whether what stands at a place closes something that lies before the text. Places come in order, so that each is passed once. */
function breaksOut(depths: Map<number, Depth>, text: string, at: number): boolean {
  const sign = text.charCodeAt(at);
  const walk = depths.get(sign) ?? { depth: 0, place: 0 };
  depths.set(sign, walk);
  for (; walk.place < at; walk.place += 1) {
    const one = text.charCodeAt(walk.place);
    if (sign !== CLOSES) walk.depth = one === sign ? 1 - walk.depth : walk.depth;
    else if (one === OPENS) walk.depth += 1;
    else if (one === sign && walk.depth > 0) walk.depth -= 1;
  }
  return walk.depth === 0;
}

/** Places of a rule that are looked at until one holds. */
const PLACES = 32;

const everywhere = new WeakMap<RegExp, RegExp>();

/** The pattern for all its places. */
function all(pattern: RegExp): RegExp {
  let again = everywhere.get(pattern);
  if (again === undefined) everywhere.set(pattern, (again = new RegExp(pattern.source, `${pattern.flags}g`)));
  again.lastIndex = 0;
  return again;
}

function placeOf(rule: Rule, text: string): RegExpExecArray | undefined {
  const { pattern, breaks, by = Number.POSITIVE_INFINITY, holds } = rule;
  if (!breaks && holds === undefined && rule.by === undefined) return pattern.exec(text) ?? undefined;
  const again = all(pattern);
  const depths = new Map<number, Depth>();
  for (let tried = 0; tried < PLACES; tried += 1) {
    const match = again.exec(text);
    if (match === null || match.index > by) return undefined;
    const breaking = !breaks || breaksOut(depths, text, match.index);
    if (breaking && holds?.(match[0], text, match.index) !== false) return match;
    again.lastIndex = match.index + 1;
  }
  return undefined;
}

/** The first place of the rule that is surest; what a text is has one answer, however often it says so. */
export function surest(rules: Rules, text: string, of: FindingClass): Hit | undefined {
  const may = possible(rules, text);
  if (may === 0) return undefined;
  for (const [at, rule] of rules.rules.entries()) {
    if ((may & (1 << at)) === 0) continue;
    const { kind, score, why } = rule;
    const match = placeOf(rule, text);
    if (match === undefined) continue;
    return {
      class: of,
      kind,
      severity: score >= 0.9 ? "critical" : score >= 0.7 ? "high" : score >= 0.5 ? "medium" : "low",
      score,
      from: match.index,
      until: match.index + match[0].length,
      why,
    };
  }
  return undefined;
}
