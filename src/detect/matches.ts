const NONE: readonly RegExpExecArray[] = [];

/**
 * All places of a pattern in a text, as `matchAll` gives them, without the copy of the pattern that it makes first: most texts have no
 * place at all. The pattern is global and matches something at each place.
 */
export function matchesOf(pattern: RegExp, text: string): readonly RegExpExecArray[] {
  pattern.lastIndex = 0;
  let match = pattern.exec(text);
  if (match === null) return NONE;
  const all: RegExpExecArray[] = [];
  for (; match !== null; match = pattern.exec(text)) all.push(match);
  return all;
}
