import { automatonOf } from "../automaton.ts";
import type { Hit } from "../look.ts";
import { unitsOf } from "../units.ts";
import { CLOUD_FORMATS } from "./cloud-formats.ts";
import { CODE_FORMATS } from "./code-formats.ts";
import {
  passwordAfter,
  passwordGiven,
  passwordInUrl,
  passwordOfUser,
  passwordOption,
  phraseAfter,
} from "./connection.ts";
import { contextOf } from "./context.ts";
import type { Format } from "./format.ts";
import { INFIXES, type Infix, LEFT } from "./infix.ts";
import { privateKey, webToken } from "./keys.ts";
import { isPlaceholder } from "./placeholder.ts";
import { entropy, randomness } from "./random.ts";
import { SERVICE_FORMATS } from "./service-formats.ts";
import { ISSUERS, PASSWORD_WORDS, PHRASE_WORDS, PROGRAMS, SECRET_WORDS, TAKERS } from "./words.ts";

type Mark =
  | { readonly is: "format"; readonly letters: string; readonly format: Format }
  | { readonly is: "infix"; readonly letters: string; readonly infix: Infix }
  | {
      readonly is:
        | "password"
        | "name"
        | "issuer"
        | "user"
        | "given"
        | "option"
        | "phrase"
        | "url"
        | "key"
        | "jwt";
      readonly letters: string;
    };

const marked = (
  is: "password" | "name" | "issuer" | "user" | "given" | "option" | "phrase",
  words: readonly string[],
): readonly Mark[] => words.map((letters) => ({ is, letters }));

const MARKS: readonly Mark[] = [
  ...[...CLOUD_FORMATS, ...CODE_FORMATS, ...SERVICE_FORMATS].map(
    (format): Mark => ({ is: "format", letters: format.prefix, format }),
  ),
  ...INFIXES.map((infix): Mark => ({ is: "infix", letters: infix.letters, infix })),
  ...marked("password", PASSWORD_WORDS),
  ...marked("password", ["secret", "pass"]),
  ...marked("name", [...PASSWORD_WORDS, ...SECRET_WORDS]),
  ...marked("issuer", ISSUERS),
  ...marked("user", ["-u ", "--user "]),
  ...marked("given", TAKERS),
  ...marked("option", PROGRAMS),
  ...marked("phrase", PHRASE_WORDS),
  { is: "url", letters: "://" },
  { is: "key", letters: "private key" },
  { is: "jwt", letters: "eyj" },
];
const AUTOMATON = automatonOf(MARKS.map(({ letters }) => letters));
/** Whether a word ends at a state: most characters end here. */
const STOPS = Uint8Array.from(AUTOMATON.ends, (ends) => (ends === undefined ? 0 : 1));

const isWordly = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || (code >= 97 && code <= 122);

/** Letters and digits, and what else random words are written with. */
const IN_WORD = Uint8Array.from({ length: 128 }, (_, code) =>
  isWordly(code) || "_-+/.~".includes(String.fromCharCode(code)) ? 1 : 0,
);

/** Whether something may begin here: after no letter or digit, unless that belongs to an escape as in `\nghp_`. */
function begins(text: string, from: number): boolean {
  return from === 0 || !isWordly(text.charCodeAt(from - 1)) || text.charAt(from - 2) === "\\";
}

function formatted(
  text: string,
  from: number,
  { kind, prefix, pattern, checks, weak, whole }: Format,
): Hit | undefined {
  if ((isWordly(prefix.charCodeAt(0)) && !begins(text, from)) || !text.startsWith(prefix, from))
    return undefined;
  pattern.lastIndex = from;
  const secret = pattern.exec(text)?.[0];
  if (secret === undefined) return undefined;
  const rest = secret.slice(prefix.length);
  const right = checks?.(secret);
  // Dots after one that is whole cut nothing: whoever lets it out could write them there.
  const cut = !whole && right !== true && text.startsWith("...", from + secret.length);
  if (
    cut ||
    /(?:example|xxxx|0000000|placeholder|redacted|dummy)|here$/i.test(rest) ||
    entropy(rest) < Math.min(2.6, Math.log2(rest.length) * 0.6)
  )
    return undefined;
  return {
    class: "secret",
    kind,
    severity: weak ? "medium" : "critical",
    score: right === true ? 1 : weak ? 0.7 : right === false ? 0.8 : 0.95,
    from,
    until: from + secret.length,
    why: right === true ? `a ${kind} credential, its checksum is right` : `the form of a ${kind} credential`,
  };
}

/** Whether so many letters, digits, `_` and `-` stand right before a place. */
function follows(text: string, until: number, least: number): boolean {
  if (until < least) return false;
  for (let at = until - 1; at >= until - least; at -= 1) {
    const code = text.charCodeAt(at);
    if (!isWordly(code) && code !== 95 && code !== 45) return false;
  }
  return true;
}

function within(
  text: string,
  from: number,
  { kind, letters, before, pattern, checks, least = 0 }: Infix,
): Hit | undefined {
  if (!follows(text, from, least) || !text.startsWith(letters, from)) return undefined;
  pattern.lastIndex = from;
  const after = pattern.exec(text)?.[0];
  const ahead =
    after === undefined ? undefined : before.exec(text.slice(Math.max(0, from - LEFT), from))?.[0];
  if (after === undefined || ahead === undefined || isPlaceholder(ahead + after)) return undefined;
  return {
    class: "secret",
    kind,
    severity: "critical",
    score: checks?.(ahead + after) === false ? 0.75 : 0.95,
    from: from - ahead.length,
    until: from + after.length,
    why: `the form of a ${kind} credential`,
  };
}

const SURE = {
  named: { mixed: 0.9, hex: 0.85, uuid: 0.75 },
  issuer: { mixed: 0.75, hex: 0.7, uuid: 0.6 },
  key: { mixed: 0.75, hex: 0, uuid: 0 },
  near: { mixed: 0.6, hex: 0.6, uuid: 0 },
};

/** Signs at the ends of a word that are not of it: `-`, `/`, `.`, `+` and `~`. */
const isEdge = (code: number): boolean => code === 43 || (code >= 45 && code <= 47) || code === 126;

/** A word made by chance, beside a name that says what it is for. */
function random(text: string, from: number, until: number, issuer: boolean): Hit | undefined {
  let [start, end] = [from, until];
  while (start < end && isEdge(text.charCodeAt(start))) start += 1;
  while (end > start && isEdge(text.charCodeAt(end - 1))) end -= 1;
  const word = text.slice(start, end);
  if (word.length < SHORT || word.length > 512) return undefined;
  const made = randomness(word);
  // What goes on in dots was cut: it opens nothing.
  if (
    made === "no" ||
    isPlaceholder(word) ||
    /^\.{0,2}(?:\.\.\.|…|\[)/.test(text.slice(start + word.length, until + 3))
  )
    return undefined;
  const context = contextOf(text, start, issuer);
  if (context === "open" || context === "none") return undefined;
  // Beside a name only: a brand in another brand's name is none.
  if (context === "issuer" && !/\d/.test(word)) return undefined;
  if (context === "key" && (word.length < 20 || !/\d/.test(word) || /[/.]/.test(word))) return undefined;
  const score = SURE[context][made];
  if (score === 0) return undefined;
  return {
    class: "secret",
    kind: "random",
    severity: score > 0.8 ? "high" : "medium",
    score,
    from: start,
    until: start + word.length,
    why:
      context === "issuer"
        ? "a random word beside the name of who issues keys"
        : "a random word that is called a secret",
  };
}

function at(mark: Mark, text: string, until: number): Hit | undefined {
  const from = until - mark.letters.length;
  switch (mark.is) {
    case "format":
      return formatted(text, from, mark.format);
    case "infix":
      return within(text, from, mark.infix);
    case "password":
      return passwordAfter(text, until);
    case "url":
      return passwordInUrl(text, from);
    case "key":
      return privateKey(text, from);
    case "jwt":
      return begins(text, from) ? webToken(text, from) : undefined;
    case "given":
      return passwordGiven(text, until);
    case "phrase":
      return phraseAfter(text, until);
    case "option":
      return passwordOption(text, from);
    case "user":
      return passwordOfUser(text, until);
    case "name":
    case "issuer":
      return undefined;
  }
}

/** How far a name may stand before what it names. */
const NEAR = 80;
/** Letters of a random word that is looked at. */
const SHORT = 12;

/** A short name inside a word is none: `lob` in `blob`, `aws` in `laws`. */
const SHORT_NAME = 4;
function isApart(text: string, from: number, length: number): boolean {
  if (length > SHORT_NAME || from === 0) return true;
  const [before, first] = [text[from - 1] ?? "", text[from] ?? ""];
  return !/[a-z]/i.test(before) || (/[a-z]/.test(before) && /[A-Z]/.test(first));
}

/** Everything secret in a text, in one pass: what is known by its form, and random words that are named as secrets. */
export function secretsIn(text: string): readonly Hit[] {
  const { next, column, width, ends } = AUTOMATON;
  const units = unitsOf(text);
  const size = text.length;
  const hits: Hit[] = [];
  let state = 0;
  let named = -1 - NEAR;
  let issued = -1 - NEAR;
  let word = -1;
  let covered = 0;
  for (let index = 0; index <= size; index += 1) {
    const code = index < size ? (units[index] ?? 32) : 32;
    if (code < 128 && IN_WORD[code] === 1) {
      if (word === -1) word = index;
    } else if (word !== -1) {
      const from = word;
      const issuer = word - issued <= NEAR;
      word = -1;
      if (index - from >= SHORT && from >= covered && (issuer || from - named <= NEAR)) {
        const hit = random(text, from, index, issuer);
        if (hit !== undefined) hits.push(hit);
      }
    }
    state = next[state * width + (code < 128 ? (column[code] ?? 0) : 0)] ?? 0;
    if (STOPS[state] === 0) continue;
    for (const end of ends[state] ?? []) {
      const mark = MARKS[end];
      if (mark === undefined) continue;
      if (mark.is === "name") named = index + 1;
      else if (mark.is === "issuer") {
        if (isApart(text, index + 1 - mark.letters.length, mark.letters.length)) issued = index + 1;
      } else if (index >= covered) {
        const hit = at(mark, text, index + 1);
        if (hit === undefined) continue;
        hits.push(hit);
        covered = hit.until;
      }
    }
  }
  return hits;
}
