import { matchesOf } from "../matches.ts";

/** International: a plus and a country's code. */
const INTERNATIONAL = /\+(?:\d[ .()/\u2011-]{0,2}){7,14}\d(?: ?x\d{1,5})?(?!\d)/g;
/** North American, with signs between its groups. */
const AMERICAN =
  /(?<![\d.+-])(?:(?:\+|00)?1[ .-]?)?(?:\([2-9]\d\d\)[ .-]?\d{3}[ .-]?\d{4}|[2-9]\d\d-\d{3}-\d{4}|[2-9]\d\d\.\d{3}\.\d{4})(?: ?(?:x|ext\.? ?)\d{1,5})?(?![\d-])/g;
/** What stands between the groups of such a number. */
const SIGNED = /[(.-]/;
/** With the zero that is dialled within many countries, in groups. */
const TRUNK =
  /(?=[0(])(?<![\d.,+-]|\d )(?!\d{5}-\d{4}(?!\d))(?:0[1-9]\d{0,3}(?:[ -]\d{2,4}){1,4}|\(0\d{1,5}\)[ /-]?\d{2,7}(?:[ -]?\d{2,4}){1,3}|\(\d{2}\) ?\d{4,5}-\d{4}|00[1-9]\d{0,2}(?:[ -]\d{2,4}){2,4}|0\d{2,4}\/\d{5,8})(?![\d-])/g;
/** Anywhere, where a word before it says so. */
const LOCAL = /(?<![\d.])(?:\+|\()?\d(?:[ .()/\u2011-]{0,3}\d){5,14}(?:x\d{1,5})?(?!\d)/g;
const PHONE =
  /phone|\btel\b|telef|\bt[ée]l[ée]?\b|mobile|\bmobil\b|\bcell\b|\bcall\b|\bcall(?:ing|ed)\b|\bfax\b|whatsapp|\bsms\b|\btext me\b|\bring\b|\bdial\b|hotline|handy|m[óo]vil|reach (?:me|us|him|her|out)|contact (?:me|us|number|no)|numéro|puhelin|my number|answering at|messages? to|voicemail|landline|rufnummer|celular|registered (?:number|no)|call back|callback|電話|电话/;
const AFTER = /^[ )(/-]{0,3}(?:office|fax|mobile|cell|phone|tel)\b/;
const DATE =
  /(?<!\d)(?:19|20)\d\d(?:-[01]\d-[0-3]\d|-(?:19|20)\d\d)(?!\d)|^(?:\d{4}[-./]\d{1,2}[-./]\d{1,2}|\d{1,2}[-./]\d{1,2}[-./]\d{4})\b|^\d{1,4}\.\d{1,4}\.\d{1,4}\.\d{1,4}$/;

export interface Numbered {
  readonly from: number;
  readonly until: number;
  readonly score: number;
}

/** How many digits stand in a text. */
export function digitsOf(text: string): number {
  let digits = 0;
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 48 && code <= 57) digits += 1;
  }
  return digits;
}

/** Phone numbers in a group of digits; `before` is what precedes the group, `after` what follows it, in small letters. */
export function phonesIn(group: string, before: string, after: string): readonly Numbered[] {
  const found: Numbered[] = [];
  const take = (pattern: RegExp, score: number): void => {
    for (const match of matchesOf(pattern, group)) {
      const [number] = match;
      const digits = digitsOf(number);
      const until = match.index + number.length;
      if (
        digits < 7 ||
        digits > 19 ||
        (pattern === TRUNK && (digits < 9 || digits > 14)) ||
        DATE.test(number)
      )
        continue;
      if (!found.some((other) => match.index < other.until && other.from < until))
        found.push({ from: match.index, until, score });
    }
  };
  if (group.includes("+")) take(INTERNATIONAL, 0.9);
  if (SIGNED.test(group)) take(AMERICAN, 0.85);
  if (group.includes("0") || group.includes("(")) take(TRUNK, 0.7);
  if (PHONE.test(before) || AFTER.test(after)) take(LOCAL, 0.8);
  return found;
}
