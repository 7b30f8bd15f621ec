import type { FindingClass } from "./detector.ts";
import type { Hit } from "./look.ts";

/** One way an attack is written. The pattern's repetitions are bounded, so that its work is linear in the text. */
export interface Rule {
  readonly kind: string;
  readonly score: number;
  readonly pattern: RegExp;
  readonly why: string;
  /** Whether it must begin with a quote or bracket that the text itself did not open: `x' or 1=1`, and not `a = 'x' or b = 1`. */
  readonly breaks?: true;
}

const OPENS: Readonly<Record<string, string>> = { ")": "(" };

/** Whether what stands at a place closes something that lies before the text. */
function breaksOut(text: string, at: number): boolean {
  const sign = text.charAt(at);
  const opens = OPENS[sign];
  let depth = 0;
  for (let place = 0; place < at; place += 1) {
    const one = text.charAt(place);
    if (opens === undefined) depth = one === sign ? 1 - depth : depth;
    else if (one === opens) depth += 1;
    else if (one === sign && depth > 0) depth -= 1;
  }
  return depth === 0;
}

/** Places of a rule that are looked at until one breaks out. */
const PLACES = 32;

function placeOf({ pattern, breaks }: Rule, text: string): RegExpExecArray | undefined {
  if (!breaks) return pattern.exec(text) ?? undefined;
  const again = new RegExp(pattern.source, `${pattern.flags}g`);
  for (let tried = 0; tried < PLACES; tried += 1) {
    const match = again.exec(text);
    if (match === null) return undefined;
    if (breaksOut(text, match.index)) return match;
    again.lastIndex = match.index + 1;
  }
  return undefined;
}

/** The first place of the rule that is surest; what a text is has one answer, however often it says so. */
export function surest(rules: readonly Rule[], text: string, of: FindingClass): Hit | undefined {
  let best: Hit | undefined;
  for (const rule of rules) {
    const { kind, score, why } = rule;
    if (best !== undefined && best.score >= score) continue;
    const match = placeOf(rule, text);
    if (match === undefined) continue;
    best = {
      class: of,
      kind,
      severity: score >= 0.9 ? "critical" : score >= 0.7 ? "high" : score >= 0.5 ? "medium" : "low",
      score,
      from: match.index,
      until: match.index + match[0].length,
      why,
    };
  }
  return best;
}
