import type { Hit } from "../look.ts";
import { isPlaceholder } from "./placeholder.ts";

function password(from: number, value: string, score: number, why: string): Hit {
  return {
    class: "secret",
    kind: "password",
    severity: "high",
    score,
    from,
    until: from + value.length,
    why,
  };
}

const USERINFO = /:\/\/([\w.%+~!$&*-]{0,80}):([^\s:/?#@"'<>\\[\]{}]{3,120})@(?=[A-Za-z0-9[$])/y;

/** A user and a password before the host of an address: `postgres://ana:…@db/orders`. `from` is where `://` stands. */
export function passwordInUrl(text: string, from: number): Hit | undefined {
  USERINFO.lastIndex = from;
  const [all, user = "", value = ""] = USERINFO.exec(text) ?? [];
  if (all === undefined || isPlaceholder(value) || /^\d+$/.test(value)) return undefined;
  const until = from + all.length - 1;
  return password(until - value.length, value, value === user ? 0.6 : 0.85, "a password in an address");
}

const ASSIGNED =
  /[\wñ.-]{0,24}["'`\]\\]{0,4}\s{0,12}(?:(?:=>|:=|[!=:]?==?|:)\s{0,4}(?:\\{0,2}["'`]([^"'`\\\s]{5,100})\\{0,2}["'`]|([^\s"'`<>,;&\\(){}[\]|]{6,64})(?=[\s"'`<,;&\\)}\]]|$))|(?:is\s{1,3}|value\s{0,2}=\s{0,2})\\?["'`]([^"'`\\\s]{5,64})\\?["'`]|(?:,\s{0,4}["'`]|is\s{1,3}(?=[^\s]{0,30}\d))([^"'`\\\s]{5,64}?)(?:["'`]|[.,;!]?(?=\s|$))|(?:\s?[\w:-]{1,20}=["'][^"'\n]{0,40}["']){0,3}\s?>([^<>\s&]{5,64})<\/| (?:\d )?([\w!@#$%^&*+?~-]{6,64})(?=\s|$))/y;
const OPEN_TAIL =
  /^[\w.-]*(?:url|uri|file|path|name|hash|length|field|policy|type|input|label|id|reset|prompt|min|max|hint|algorithm|encoder|strength|confirm\w*|expir\w*|history|required|enabled|variable|env|ref|arn|manager|version|host|port|mode|level|protect\w*)["'`\s:=]/i;
const ELSEWHERE =
  /^[\w-]+(?:\.[\w-]+)+$|^[\w.]+\(|^(?:https?|file|s3|arn|ssm|vault|op|env|secret|ref):|^[/.~#&%]|[/#]\w+$|^[A-Z_]+$/;

/** An option, or a line of a `.netrc`. */
const SPACED = /(?:^|\s)--?[\w-]{0,24}$|\b(?:login|username)\s{1,4}\S{1,60}\s{1,4}password$/;

/** Whether a person would choose this as a password, and nobody would write it there for another reason. */
function isChosen(value: string, quoted: boolean): boolean {
  if (isPlaceholder(value) || ELSEWHERE.test(value) || !/[A-Za-z]/.test(value)) return false;
  return /\d/.test(value) || (quoted && /[!@#$%^&*+?~]/.test(value));
}

/** What stands beside such a name and is a word of a program or of its messages. */
const WORD_OF_PROGRAM =
  /pass|secret|token|string|require|input|field|text|invalid|wrong|hash|crypt|confirm|reset|forgot|login|user|value|null|option|default|enter|type|auth|client|basic|bearer|number|object|bool|undefined|error|check|valid|current|label|placeholder|prompt|query|format|manager|store|vault|none|false|true|change/i;

/** Letters alone, in small ones, where a person would quote a password: less sure, for programs have such words too. */
function isPlain(value: string): boolean {
  return /^[a-z][a-z!@#$%^&*_-]{5,31}$/.test(value) && !isPlaceholder(value) && !WORD_OF_PROGRAM.test(value);
}

/** A word that a person chose, after a name that says password or secret. `from` is where the name ends. */
export function passwordAfter(text: string, from: number): Hit | undefined {
  ASSIGNED.lastIndex = from;
  const [all, quoted, bare, told, listed, inside, spaced] = ASSIGNED.exec(text) ?? [];
  const value = quoted ?? told ?? listed ?? inside ?? bare ?? spaced;
  if (all === undefined || value === undefined || OPEN_TAIL.test(all)) return undefined;
  const flag = spaced === undefined || SPACED.test(text.slice(Math.max(0, from - 100), from));
  if (!flag) return undefined;
  const plain = !isChosen(value, bare === undefined);
  if (plain && (quoted ?? told) !== undefined && !isPlain(value)) return undefined;
  if (plain && (quoted ?? told) === undefined) return undefined;
  return password(
    from + all.lastIndexOf(value),
    value,
    plain ? 0.55 : quoted === undefined ? 0.7 : 0.8,
    "a value that is called a password",
  );
}

const USER =
  /\s{0,3}(?:"([^"\s]{0,80}:[^"\s]{3,120})"|'([^'\s]{0,80}:[^'\s]{3,120})'|([\w.@%{}+-]{0,80}:(?!\/\/)['"]?[^\s'"]{4,120})['"]?)/y;

/** `curl -u ana:…`: what stands after the option. */
export function passwordOfUser(text: string, from: number): Hit | undefined {
  USER.lastIndex = from;
  const [all, ...given] = USER.exec(text) ?? [];
  if (all === undefined || !/curl|http|wget/.test(text.slice(Math.max(0, from - 200), from)))
    return undefined;
  const value = given.find((one) => one !== undefined)?.replace(/^[^:]*:['"]?/, "") ?? "";
  if (value.length < 4 || isPlaceholder(value)) return undefined;
  return password(from + all.lastIndexOf(value), value, 0.8, "a user and a password for a request");
}

const GIVEN =
  /(?:\s{0,8}(?:"[^"\n]{0,120}"|'[^'\n]{0,120}'|[\w.$]{1,60})\s{0,4},){0,3}\s{0,8}(?:-string\s{1,4}|-s\s{1,4})?["']([^"'\s]{5,80})["']\s{0,4}[),\s-]/iy;

/** `new NetworkCredential("ana", "…")`: the last text that a call is given which takes a user and a password. */
export function passwordGiven(text: string, from: number): Hit | undefined {
  GIVEN.lastIndex = from;
  const [all, value = ""] = GIVEN.exec(text) ?? [];
  if (all === undefined || ELSEWHERE.test(value) || !(isChosen(value, true) || isPlain(value)))
    return undefined;
  return password(from + all.lastIndexOf(value), value, 0.75, "a password that a call is given");
}

const OPTION =
  /(?:sshpass\s{1,4}-p\s{0,4}|oracle:thin:[\w.$#]{1,40}\/(?=[^\s@/]{4,64}@)|net user\s{1,4}\S{1,40}\s{1,4}(?=\S{4,64}\s{1,4}\/add)|redis-cli\b[^\n|;]{0,80}\s-a\s{1,4}|mysql(?:dump|admin)?\b[^\n|;]{0,80}?\s-p(?=\S)|docker\s{1,4}login\b[^\n|;]{0,120}?\s(?:-p|--password)[ =])['"]?([^\s'"@]{4,64}|[^\s'"]{4,64})/iy;

/** A password that a program is given as an option. `from` is where its name stands. */
export function passwordOption(text: string, from: number): Hit | undefined {
  OPTION.lastIndex = from;
  const [all, value = ""] = OPTION.exec(text) ?? [];
  if (all === undefined || isPlaceholder(value) || ELSEWHERE.test(value)) return undefined;
  return password(from + all.length - value.length, value, 0.75, "a password in an option");
}

const PHRASE = /[\w ]{0,16}["']?\s{0,4}(?:[:=]|is)\s{0,4}["']?((?:[a-z]{3,8} ){11,23}[a-z]{3,8})(?![a-z])/y;

/** Twelve words or more from which the keys of a wallet are made. */
export function phraseAfter(text: string, from: number): Hit | undefined {
  PHRASE.lastIndex = from;
  const [all, words = ""] = PHRASE.exec(text) ?? [];
  if (all === undefined) return undefined;
  return password(from + all.length - words.length, words, 0.85, "words that a wallet's keys are made from");
}
