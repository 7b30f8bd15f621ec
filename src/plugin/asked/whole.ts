import type { Found, FindingClass, Severity } from "../../detect/detector.ts";

function severityOf(score: number): Severity {
  if (score >= 0.8) return "high";
  return score >= 0.5 ? "medium" : "low";
}

/** A word of somebody else's as a kind: small letters, digits and `_`. Undefined where nothing is left of it. */
export function slugOf(word: string): string | undefined {
  const slug = word
    .replaceAll(/([a-z\d])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replaceAll(/[^a-z\d]+/g, "_")
    .replaceAll(/^[_\d]+|_+$/g, "")
    .slice(0, 48);
  return slug === "" ? undefined : slug;
}

/** A kind of personal data as it can stand in a mark. */
export function maskKind(word: string): string {
  const slug = slugOf(word) ?? "";
  return /^[a-z][a-z_]{1,30}$/.test(slug) ? slug : "pii";
}

interface Said {
  readonly class: FindingClass;
  readonly kind?: string | undefined;
  readonly score: number;
  readonly why: string;
}

/** A finding at a place. */
export function foundAt(guard: string, { kind, ...said }: Said, from: number, until: number): Found {
  return {
    guard,
    ...said,
    ...(kind !== undefined && { kind }),
    severity: severityOf(said.score),
    span: { from, until },
  };
}
