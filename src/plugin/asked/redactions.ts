import { maskKind } from "./whole.ts";

/** A part of a text that somebody took out. */
export interface Redaction {
  /** `secret`, or of which personal data what stands there is said to be. */
  readonly kind: string;
  readonly from: number;
  readonly until: number;
}

/** What stands in the place of what was taken out: `[REDACTED_PERSON_1]`, `[REDACTED]`, stars. */
const MARK = /\[REDACTED(?:_([A-Z][A-Z_]*?))?(?:_\d+)?\]|\*{6,}/g;

/**
 * Where something was taken out of a text, by what is left of it: what stands between marks is looked for from one end to the other, and
 * everything else is gone. Undefined where the text was changed in another way.
 */
export function redactionsIn(text: string, left: string): readonly Redaction[] | undefined {
  const found: Redaction[] = [];
  let at = 0;
  let from = 0;
  let kind: string | undefined;
  const take = (piece: string, isLast: boolean): boolean => {
    const begins = kind === undefined ? (text.startsWith(piece, at) ? at : -1) : next(piece, isLast);
    if (begins < 0) return false;
    if (kind !== undefined && begins > at) found.push({ kind, from: at, until: begins });
    at = begins + piece.length;
    return true;
  };
  const next = (piece: string, isLast: boolean): number => {
    if (!isLast) return text.indexOf(piece, at);
    const last = text.length - piece.length;
    return last >= at && text.endsWith(piece) ? last : -1;
  };
  for (const match of left.matchAll(MARK)) {
    if (!take(left.slice(from, match.index), false)) return undefined;
    kind = match[1] === undefined ? "secret" : maskKind(match[1]);
    from = match.index + match[0].length;
  }
  if (!take(left.slice(from), true)) return undefined;
  return at === text.length ? found : undefined;
}
