import { folded } from "../../src/wire/alike.ts";
import fc from "fast-check";

/** JSON as it may be written, not as `JSON.stringify` would: the text is the value. */
export type Text = fc.Arbitrary<string>;

const SHORT: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "/": "\\/",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};

/** Numbers that a parser may change: beyond a double, written with a fraction that is none, negative zero. */
const ODD_NUMBERS = [
  "1.0",
  "-0",
  "0.0",
  "-0.0e0",
  "1e400",
  "-1E+400",
  "1e-400",
  "9007199254740993",
  "-9223372036854775808",
  "123456789012345678901234567890.5",
  "0.1000000000000000055511151231257827",
  "1E2",
];

function unicode(unit: string, upper: boolean): string {
  const hex = unit.charCodeAt(0).toString(16).padStart(4, "0");
  return `\\u${upper ? hex.toUpperCase() : hex}`;
}

/** A string as one of the many texts that mean it: `choices` says for each code point how it is written. */
export function written(value: string, choices: readonly number[]): string {
  let text = '"';
  let at = 0;
  for (const point of value) {
    const choice = choices.length === 0 ? 0 : (choices[at % choices.length] ?? 0);
    at += 1;
    const must = point === '"' || point === "\\" || point < " ";
    const short = SHORT[point];
    if (choice === 1 || (must && short === undefined))
      text += [...Array(point.length).keys()]
        .map((unit) => unicode(point[unit] ?? "", choice === 1))
        .join("");
    else if (short !== undefined && (must || choice === 2)) text += short;
    else text += point;
  }
  return `${text}"`;
}

const choices = fc.array(fc.constantFrom(0, 0, 0, 1, 2), { maxLength: 7 });
/** All of Unicode but lone surrogates: NUL, controls, line separators, astral planes. */
const anyString = fc.oneof(
  { weight: 20, arbitrary: fc.string({ unit: "binary", maxLength: 12 }) },
  { weight: 8, arbitrary: fc.string({ maxLength: 12 }) },
  {
    weight: 4,
    arbitrary: fc.constantFrom("\0", "\u2028\u2029", "\ufeff", "𝕏\u{10ffff}", "__proto__", "constructor", ""),
  },
  { weight: 1, arbitrary: fc.nat(9_000).map((size) => "ä€".repeat(size)) },
);

export const stringText: Text = fc.tuple(anyString, choices).map(([value, how]) => written(value, how));

const numberText: Text = fc.oneof(
  fc.constantFrom(...ODD_NUMBERS),
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
);

/** Between tokens. On a pipe a line break would end the message, so there `breaks` is false. */
export function spaceText(breaks: boolean): Text {
  return fc.oneof(
    { weight: 5, arbitrary: fc.constant("") },
    { weight: 1, arbitrary: fc.constantFrom(" ", "\t", "   ", ...(breaks ? ["\n", "\r\n", " \n\t"] : [])) },
  );
}

/** One member: its key as it means, and both sides as they are written. */
export interface Member {
  readonly key: string;
  readonly text: string;
}

export function memberOf(key: string, value: Text, space: Text): fc.Arbitrary<Member> {
  return fc
    .tuple(choices, space, space, space, value, space)
    .map(([how, ...[before, after, between, text, end]]) => ({
      key,
      text: `${before}${written(key, how)}${after}:${between}${text}${end}`,
    }));
}

/** Members that nobody knows, each key once however it is read. `taken` are keys that mean something here. */
export function strangers(
  value: Text,
  space: Text,
  taken: readonly string[],
  maxLength: number,
): fc.Arbitrary<readonly Member[]> {
  return fc.uniqueArray(
    anyString
      .filter((key) => key.length < 200 && !taken.some((other) => folded(other) === folded(key)))
      .chain((key) => memberOf(key, value, space)),
    { maxLength, selector: ({ key }) => folded(key) },
  );
}

export function objectText(members: fc.Arbitrary<readonly Member[]>): Text {
  return members.map((all) => `{${all.map(({ text }) => text).join(",")}}`);
}

/** Any value. */
export function valueText(space: Text): Text {
  return fc.letrec<{ value: string }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3, withCrossShrink: true },
      fc.constantFrom("null", "true", "false", "[]", "{}"),
      stringText,
      numberText,
      objectText(strangers(tie("value"), space, [], 4)),
      fc
        .tuple(space, fc.array(fc.tuple(tie("value"), space), { maxLength: 4 }))
        .map(([first, all]) => `[${first}${all.map(([text, end]) => text + end).join(",")}]`),
    ),
  })).value;
}
