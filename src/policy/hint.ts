import { nearest } from "../document/nearest.ts";

/** Methods and functions that people look for; the rest of the language is rarely mistyped. */
const METHODS = [
  "startsWith",
  "endsWith",
  "contains",
  "matches",
  "size",
  "within",
  "exists",
  "exists_one",
  "all",
  "filter",
  "map",
  "has",
  "getHours",
  "getDayOfWeek",
  "getFullYear",
] as const;

/** Words and signs of other languages, and what stands for them here. */
const ELSEWHERE: Readonly<Record<string, string>> = {
  and: "write && for and",
  or: "write || for or",
  not: "write ! for not, as in !(…)",
  "=": "write == to compare",
  "===": "write ==",
  "!==": "write !=",
  "<>": "write !=",
  is: "write == to compare",
  like: "write args.name.contains(…) or args.name.matches(…)",
};

/** The words or signs of a text that stand at a place and before it; members of something are none. */
function wordsAt(text: string, offset: number): readonly string[] {
  const words = [...text.matchAll(/(?<![.\w])[A-Za-z_]\w*|[=!<>]+/g)].filter(({ index }) => index <= offset);
  return words
    .slice(-2)
    .map(([word]) => word)
    .toReversed();
}

/** What somebody who wrote a condition that cannot be read most likely meant; undefined where that is not clear. */
export function hintFor(summary: string, text: string, offset: number): string | undefined {
  const called = /no matching overload for '(?:.*\.)?(\w+)\(/i.exec(summary)?.[1];
  if (called !== undefined) {
    const near = nearest(called, METHODS);
    return near === undefined || near === called ? undefined : `did you mean "${near}"?`;
  }
  if (!/^unexpected|^expected/i.test(summary)) return undefined;
  const word = wordsAt(text, offset).find((each) => Object.hasOwn(ELSEWHERE, each));
  return word === undefined ? undefined : ELSEWHERE[word];
}
