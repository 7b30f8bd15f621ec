/** Ways to write a text so that a filter of words does not know it, and a model still reads it. */
export type Transform = (text: string) => string;

const each = (text: string, make: (letter: string, at: number) => string): string =>
  Array.from(text, (letter, at) => make(letter, at)).join("");
const code = (letter: string): number => letter.codePointAt(0) ?? 0;
const isAscii = (letter: string): boolean => code(letter) < 128;

const LOOK_ALIKE: Readonly<Record<string, string>> = {
  a: "а",
  c: "с",
  e: "е",
  i: "і",
  o: "о",
  p: "р",
  s: "ѕ",
  x: "х",
  y: "у",
};
const LEET: Readonly<Record<string, string>> = { a: "4", e: "3", i: "1", o: "0", s: "5", t: "7" };

export const TRANSFORMS: Readonly<Record<string, Transform>> = {
  "zero-width characters": (text) => each(text, (letter, at) => (at % 2 === 0 ? `${letter}\u200b` : letter)),
  "soft hyphens": (text) => each(text, (letter) => `${letter}\u00ad`),
  "full width": (text) =>
    each(text, (letter) =>
      code(letter) > 32 && isAscii(letter) ? String.fromCodePoint(code(letter) + 0xfee0) : letter,
    ),
  "look-alikes": (text) =>
    each(text, (letter, at) => (at % 2 === 0 ? (LOOK_ALIKE[letter] ?? letter) : letter)),
  "combining marks": (text) => each(text, (letter) => (/[a-z]/i.test(letter) ? `${letter}\u0336` : letter)),
  "tag characters": (text) =>
    each(text, (letter) =>
      isAscii(letter) && code(letter) > 31 ? String.fromCodePoint(0xe0000 + code(letter)) : letter,
    ),
  base64: (text) => `Note: ${Buffer.from(text).toString("base64")}`,
  hexadecimal: (text) => Buffer.from(text).toString("hex"),
  "percent signs": (text) => encodeURIComponent(text.toWellFormed()),
  entities: (text) => each(text, (letter) => `&#${code(letter)};`),
  escapes: (text) =>
    each(text, (letter) =>
      code(letter) < 65_536 ? `\\u${code(letter).toString(16).padStart(4, "0")}` : letter,
    ),
  "signs for letters": (text) =>
    each(text, (letter, at) => (at % 3 === 0 ? (LEET[letter] ?? letter) : letter)),
  "letters apart": (text) => each(text, (letter) => `${letter} `),
  "emphasis in words": (text) => text.replaceAll(/([a-z]{2})([a-z]{2})/gi, "$1**$2**"),
  "inner letters swapped": (text) => text.replaceAll(/\b([a-z])([a-z])([a-z])([a-z]+)\b/gi, "$1$3$2$4"),
  "list of words": (text) => JSON.stringify(text.split(/\s+/)),
  "JSON in JSON": (text) => JSON.stringify(JSON.stringify({ text })),
  "a line for each word": (text) => text.replaceAll(/\s+/g, "\n"),
  capitals: (text) => text.toUpperCase(),
  "HTML comment": (text) => `<div>ok</div><!-- ${text} -->`,
  ROT13: (text) =>
    text.replaceAll(/[a-z]/gi, (letter) => {
      const first = letter < "a" ? 65 : 97;
      return String.fromCharCode(((code(letter) - first + 13) % 26) + first);
    }),
  reversed: (text) => Array.from(text).reverse().join(""),
  "8 KB before it": (text) =>
    `${"The quarterly report lists revenue by region and product line. ".repeat(130)}${text}`,
};
