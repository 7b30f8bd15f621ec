import type { FindingClass } from "./detector.ts";
import type { Hit } from "./look.ts";

/** One way an attack is written. The pattern's repetitions are bounded, so that its work is linear in the text. */
export interface Rule {
  readonly kind: string;
  readonly score: number;
  readonly pattern: RegExp;
  readonly why: string;
}

/** The first place of the rule that is surest; what a text is has one answer, however often it says so. */
export function surest(rules: readonly Rule[], text: string, of: FindingClass): Hit | undefined {
  let best: Hit | undefined;
  for (const { kind, score, pattern, why } of rules) {
    if (best !== undefined && best.score >= score) continue;
    const match = pattern.exec(text);
    if (match === null) continue;
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
