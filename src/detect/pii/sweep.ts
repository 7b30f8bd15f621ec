import type { Severity } from "../detector.ts";
import type { Hit } from "../look.ts";
import { matchesOf } from "../matches.ts";
import { addressAround, isPublicAddress } from "./address.ts";
import { BORN, birthBefore } from "./birth.ts";
import { cardScore } from "./card.ts";
import { emailAround } from "./email.ts";
import { ibanEnd } from "./iban.ts";
import { EUROPEAN } from "./european.ts";
import { LETTERED, NUMBERED } from "./national.ts";
import { OVERSEAS, OVERSEAS_LETTERED } from "./overseas.ts";
import { digitsOf, phonesIn } from "./phone.ts";
import type { National } from "./state.ts";

const WHY: Readonly<Record<string, string>> = {
  email: "an e-mail address",
  credit_card: "a card number, its check digit is right",
  iban: "a bank account (IBAN), its check digits are right",
  ssn: "a United States social security number",
  phone: "a phone number",
  ip: "a public internet address",
  passport: "a passport number",
  date_of_birth: "a date of birth",
};

const GRAVE = new Set(["email", "phone", "ip"]);

function hit(kind: string, score: number, from: number, until: number): Hit {
  const severity: Severity = GRAVE.has(kind) ? "low" : kind === "date_of_birth" ? "medium" : "high";
  return {
    class: "pii",
    kind,
    severity,
    score,
    from,
    until,
    why: WHY[kind] ?? `a national number (${kind})`,
  };
}

const SSN = /(?<![\d-])(?!000|666|9)\d{3}([- ])(?!00)\d{2}\1(?!0000)\d{4}(?![\d-])/g;
const SSN_BARE = /(?<!\d)(?!000|666|9)\d{3}(?!00)\d{2}(?!0000)\d{4}(?!\d)/g;
const CARD = /(?<![\d.-])\d(?:[ -]?\d){11,18}(?![\d-])/g;
const DATE =
  /(?<!\d)(?:(?:19|20)\d\d[-./](?:0?[1-9]|1[0-2])[-./](?:0?[1-9]|[12]\d|3[01])|(?:0?[1-9]|[12]\d|3[01])[-./](?:0?[1-9]|[12]\d|3[01])[-./](?:19|20)?\d\d)(?![\d])/g;
const IPV4 = /(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?![\d.]\d|\d)/g;

/** Characters before a number that say what it is. */
const BEFORE = 48;
/** Characters of one group of digits and signs that are looked at together. */
const GROUP = 256;

const plain = (text: string): string => text.replaceAll(/[^A-Za-z0-9]/g, "").toUpperCase();

const WITH_LETTERS = [...LETTERED, ...OVERSEAS_LETTERED];
/** By how many digits they have: most groups of digits can be few of them. */
const OF_DIGITS: readonly (readonly National[])[] = Array.from({ length: 19 }, (_, count) =>
  [...NUMBERED, ...EUROPEAN, ...OVERSEAS].filter(({ digits }) => digits?.includes(count)),
);

function national(all: readonly National[], word: string, before: string): string | undefined {
  return all.find(
    ({ pattern, check, needs }) =>
      pattern.test(word) && check(plain(word)) && (needs === undefined || needs.test(before)),
  )?.kind;
}

type Put = (kind: string, score: number, start: number, length: number) => void;

/** Numbers of twelve digits and more, or of a state. */
function long(group: string, digits: number, before: string, put: Put): void {
  if (digits >= 12)
    for (const { 0: number, index } of matchesOf(CARD, group)) {
      const score = cardScore(plain(number), /[ -]/.test(number), before);
      if (score > 0) put("credit_card", score, index, number.length);
    }
  const bare = group.replace(/^[(+]+/, "");
  const kind = national(OF_DIGITS[digits] ?? [], bare, before);
  if (kind !== undefined) put(kind, 0.9, group.length - bare.length, bare.length);
}

/** Numbers of eight digits and more. */
function several(group: string, digits: number, before: string, put: Put): void {
  if (digits < 8) return;
  if (PASSPORT.test(before)) {
    const [number] = group.matchAll(/(?<!\d)\d{8,9}(?!\d)/g);
    if (number !== undefined) put("passport", 0.8, number.index, number[0].length);
  }
  long(group, digits, before, put);
  if (digits < 9) return;
  for (const { 0: number, index } of matchesOf(SSN, group))
    put("ssn", number.includes("-") ? 0.9 : 0.75, index, number.length);
  if (/\bssn\b|social sec/.test(before))
    for (const { 0: number, index } of matchesOf(SSN_BARE, group)) put("ssn", 0.9, index, number.length);
}

/** What a group of digits and signs holds; `from` is where it stands. */
function numbers(text: string, from: number, end: number, before: () => string): readonly Hit[] {
  const group = text.slice(from, end);
  const digits = digitsOf(group);
  const dots = group.includes(".") && /\..*\..*\./.test(group);
  const dated = /\d[-./]\d{1,2}[-./]\d/.test(group);
  if (digits < 7 && !dots && !dated) return [];
  const found: Hit[] = [];
  const put: Put = (kind, score, start, length) => {
    const until = from + start + length;
    if (!found.some((other) => from + start < other.until && other.from < until))
      found.push(hit(kind, score, from + start, until));
  };
  const context = before();
  if (dated && BORN.test(context)) {
    const [date] = matchesOf(DATE, group);
    if (date !== undefined) put("date_of_birth", 0.85, date.index, date[0].length);
  }
  several(group, digits, context, put);
  if (dots)
    for (const { 0: number, index } of matchesOf(IPV4, group))
      if (isPublicAddress(number, context)) put("ip", 0.8, index, number.length);
  if (digits < 7) return found;
  const after = text.slice(end, end + 10).toLowerCase();
  for (const phone of phonesIn(group, context, after))
    put("phone", phone.score, phone.from, phone.until - phone.from);
  return found;
}

const PASSPORT = /passport|passeport|reisepass|pasaporte|passaporto|paspoort/;

/** The end of an IBAN in small letters, which only its name tells from other words. */
function smallEnd(text: string, from: number, before: string): number | undefined {
  if (!before.includes("iban")) return undefined;
  const end = ibanEnd(text.slice(from, from + 42).toUpperCase(), 0);
  return end === undefined ? undefined : from + end;
}

/** Letters and digits of the shortest number that is no bank account. */
const LETTERED_LEAST = 7;

/** What a word of letters and digits is; a bank account goes on after it. */
function lettered(text: string, from: number, until: number, before: () => string): Hit | undefined {
  const bank = ibanEnd(text, from);
  if (bank !== undefined) return hit("iban", 0.98, from, bank);
  if (until - from < LETTERED_LEAST) {
    const small = isSmall(text, from) ? smallEnd(text, from, before()) : undefined;
    return small === undefined ? undefined : hit("iban", 0.98, from, small);
  }
  const told = before();
  const small = smallEnd(text, from, told);
  if (small !== undefined) return hit("iban", 0.98, from, small);
  const word = text.slice(from, until);
  const kind = national(WITH_LETTERS, word, told);
  if (kind !== undefined) return hit(kind, 0.85, from, until);
  return PASSPORT.test(told) && /^[A-Z]{1,2}\d{6,8}[A-Z]?$|^\d{2}[A-Z]{2}\d{5}$/.test(word)
    ? hit("passport", 0.85, from, until)
    : undefined;
}

const isSmall = (text: string, at: number): boolean => text.charCodeAt(at) >= 97;

const isDigit = (code: number): boolean => code >= 48 && code <= 57;
const isLetter = (code: number): boolean => (code >= 65 && code <= 90) || (code >= 97 && code <= 122);
const GROUPED = Uint8Array.from({ length: 128 }, (_, code) =>
  isDigit(code) || " ()+.-/x".includes(String.fromCharCode(code)) ? 1 : 0,
);

/** Where the group of digits and signs ends that begins at `from`; not after a sign. */
function groupEnd(text: string, from: number): number {
  let until = from;
  for (let at = from; at < text.length && at - from < GROUP; at += 1) {
    const code = text.charCodeAt(at);
    if (code >= 128 ? code !== 0x2011 : GROUPED[code] === 0) break;
    if (isDigit(code)) until = at + 1;
    else if (code === 32 && text.charCodeAt(at + 1) === 32 && text.charCodeAt(at + 2) === 32) break;
  }
  return until;
}

/** Where a word of letters and digits ends, and whether it has small letters. */
function wordAt(text: string, from: number): { readonly until: number; readonly small: boolean } {
  let until = from;
  let low = false;
  for (; ; until += 1) {
    const code = text.charCodeAt(until);
    if (isLetter(code)) low ||= code >= 97;
    else if (!isDigit(code) && !isSign(text, until)) return { until, small: low };
  }
}

/** Personal data that has a form, in one pass; `name` is what the text's field is called. */
export function personalIn(text: string, name = ""): readonly Hit[] {
  const found: Hit[] = [];
  const before = (from: number): string =>
    `${from < BEFORE ? `${name} ` : ""}${text.slice(Math.max(0, from - BEFORE), from)}`.toLowerCase();
  let named: boolean | undefined;
  // Plain searches: a pattern for either case would cost as much as all the rest.
  const isNamed = (): boolean =>
    (named ??= ["iban", "IBAN", "Iban"].some((word) => text.includes(word) || name.includes(word)));
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    if (code > 64 || code < 48 || (code > 58 && code < 64)) continue;
    if (code === 58) {
      const address = addressAround(text, at);
      if (address !== undefined) {
        found.push(hit("ip", 0.85, ...address));
        at = address[1] - 1;
      }
      continue;
    }
    if (code === 64) {
      const email = emailAround(text, at);
      if (email !== undefined) found.push(hit("email", 0.95, ...email));
      continue;
    }
    let from = at;
    while (at - from < 16 && isLetter(text.charCodeAt(from - 1))) from -= 1;
    const until = from === at ? groupEnd(text, at) : at;
    if (from < at || isLetter(text.charCodeAt(until))) {
      const word = wordAt(text, from);
      const most = word.until - from;
      const looked = most >= 4 && most <= 40 && (!word.small || (isNamed() && before(from).includes("iban")));
      const one = looked ? lettered(text, from, word.until, () => before(from)) : undefined;
      if (one !== undefined) found.push(one);
      if (one !== undefined || from < at) {
        at = Math.max(word.until, one?.until ?? 0) - 1;
        continue;
      }
    }
    if (until - at === 4 && (code === 49 || code === 50)) {
      const born = birthBefore(text, at, name);
      if (born !== undefined) found.push(hit("date_of_birth", 0.85, born, until));
    }
    if (until - at >= 6) {
      const start = at - (text.charAt(at - 1) === "+" ? 1 : 0) - (text.charAt(at - 1) === "(" ? 1 : 0);
      const joined = /[\w@#$%]/.test(text.charAt(start - 1)) || /[\w@%]/.test(text.charAt(until));
      if (!joined) found.push(...numbers(text, start, until, () => before(start)));
    }
    at = Math.max(until, at + 1) - 1;
  }
  return found;
}

/** The one sign that stands inside a Finnish number. */
function isSign(text: string, at: number): boolean {
  const sign = text.charCodeAt(at);
  if (sign !== 45 && sign !== 43) return false;
  return (
    /^\d{6}$/.test(text.slice(at - 6, at)) && /^\d{3}[0-9A-Y](?![A-Za-z0-9])/.test(text.slice(at + 1, at + 6))
  );
}
