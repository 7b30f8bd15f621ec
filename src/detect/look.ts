import type { Found, FindingClass, Severity } from "./detector.ts";
import type { View, Views } from "./views/view.ts";

/** What was found in one way to read a text; places are those of that reading. */
export interface Hit {
  readonly class: FindingClass;
  readonly kind?: string;
  readonly severity: Severity;
  readonly score: number;
  readonly from: number;
  readonly until: number;
  readonly why: string;
}

/** Looks at a text in every way that it can be read, and at what is given `also`; what two readings show at one place is told once. */
export function lookAt(
  guard: string,
  views: Views,
  look: (text: string, view: View) => readonly Hit[],
  also: readonly View[] = [],
): readonly Found[] {
  const found: Found[] = [];
  const told = new Set<string>();
  const at = (view: View): void => {
    for (const { from, until, ...hit } of look(view.text, view)) {
      const span = view.at(from, until);
      const key = `${hit.class} ${hit.kind ?? ""} ${span.from}`;
      if (told.has(key)) continue;
      told.add(key);
      found.push({ guard, ...hit, span });
    }
  };
  const { original, folded, decoded } = views;
  at(original);
  if (folded.text !== original.text) at(folded);
  for (const view of decoded) at(view);
  for (const view of also) at(view);
  return found;
}
