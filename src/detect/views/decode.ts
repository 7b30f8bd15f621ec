import { draftOf, type Rewritten } from "./draft.ts";
import type { Span } from "./view.ts";

/** Signs that stand for letters inside a word. */
const LEET: Readonly<Record<string, string>> = {
  "0": "o",
  "1": "i",
  "3": "e",
  "4": "a",
  "5": "s",
  "7": "t",
  "@": "a",
  $: "s",
};

const NAMED: Readonly<Record<string, string>> = {
  lt: "<",
  gt: ">",
  amp: "&",
  quot: '"',
  apos: "'",
  nbsp: " ",
  Tab: "\t",
  NewLine: "\n",
  colon: ":",
  semi: ";",
  comma: ",",
  period: ".",
  sol: "/",
  bsol: "\\",
  lpar: "(",
  rpar: ")",
  lowbar: "_",
  hyphen: "-",
  excl: "!",
  num: "#",
  dollar: "$",
  shy: "",
};

const SIMPLE: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", b: " ", f: " " };

function ofPoint(point: number): string | undefined {
  return point > 0x10ffff || Number.isNaN(point) ? undefined : String.fromCodePoint(point);
}

/** The byte that two hexadecimal digits after a sign stand for. */
function byteAt(run: string, sign: number): number {
  return (digitOf(run.charCodeAt(sign + 1)) << 4) | digitOf(run.charCodeAt(sign + 2));
}

function digitOf(code: number): number {
  return code <= 57 ? code - 48 : (code | 32) - 87;
}

/** By how many bytes a first byte is followed in UTF-8; -1 for one that nothing begins with. */
function followers(first: number): number {
  if (first < 0x80) return 0;
  if (first < 0xc2 || first > 0xf4) return -1;
  return first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
}

/** Whether the second byte makes a sequence too long for what it says, half a character, or more than Unicode has. */
function isBeyond(first: number, second: number): boolean {
  if (first === 0xe0) return second < 0xa0;
  if (first === 0xed) return second > 0x9f;
  if (first === 0xf0) return second < 0x90;
  return first === 0xf4 && second > 0x8f;
}

/** Whether a run of percent-encoded bytes is UTF-8. To try and fail would cost fifty times as much. */
function isEncoded(run: string): boolean {
  for (let sign = 0; sign < run.length; sign += 3) {
    const first = byteAt(run, sign);
    const more = followers(first);
    if (more === -1 || sign + 3 * more >= run.length) return false;
    if (more > 0 && isBeyond(first, byteAt(run, sign + 3))) return false;
    for (let at = 0; at < more; at++) {
      sign += 3;
      if (byteAt(run, sign) >> 6 !== 2) return false;
    }
  }
  return true;
}

/** Percent-encoded bytes as UTF-8; what is not UTF-8 (an overlong slash, say) stays as it is written. */
function percent(run: string): string | undefined {
  return isEncoded(run) ? decodeURIComponent(run) : undefined;
}

function entity(written: string): string | undefined {
  const [, hex, decimal, name] = /^&(?:#x([\da-f]+)|#(\d+)|(\w+));?$/i.exec(written) ?? [];
  if (hex !== undefined) return ofPoint(Number.parseInt(hex, 16));
  if (decimal !== undefined) return ofPoint(Number.parseInt(decimal, 10));
  return name !== undefined && Object.hasOwn(NAMED, name) ? NAMED[name] : undefined;
}

function escaped(written: string): string | undefined {
  const [, point, unit] = /^\\(?:u\{([\da-f]+)\}|[ux]([\da-f]+))$/i.exec(written) ?? [];
  const hex = point ?? unit;
  if (hex !== undefined) return ofPoint(Number.parseInt(hex, 16));
  const letter = written.charAt(1);
  return SIMPLE[letter] ?? letter;
}

/** Encodings that stand in the text: what is written, and what a written one stands for. */
export const INLINE = {
  percent: { sign: "%", written: /(?:%[\da-f]{2})+/gi, meant: percent },
  entities: { sign: "&", written: /&(?:#x[\da-f]{1,6}|#\d{1,7}|[a-z]{2,7}(?=;));?/gi, meant: entity },
  escapes: {
    sign: "\\",
    written: /\\(?:u\{[\da-f]{1,6}\}|u[\da-f]{4}|x[\da-f]{2}|[\\/"'nrtbf])/gi,
    meant: escaped,
  },
} as const;

/** What stands this close to something encoded is shown with it. */
const BESIDE_CHARS = 64;

/** The parts of a text around `marks` (ascending), each mark as what it stands for; one without a meaning stays. */
export function replaced(
  source: string,
  marks: readonly Span[],
  meant: (written: string) => string | undefined,
): Rewritten {
  const draft = draftOf(source);
  let copied = Math.max(0, (marks[0]?.from ?? 0) - BESIDE_CHARS);
  for (const mark of marks) {
    const text = meant(source.slice(mark.from, mark.until));
    if (text === undefined) continue;
    if (mark.from - copied > 2 * BESIDE_CHARS) {
      draft.copy(copied, copied + BESIDE_CHARS);
      draft.put("\n", copied + BESIDE_CHARS, copied + BESIDE_CHARS);
      copied = mark.from - BESIDE_CHARS;
    }
    draft.copy(copied, mark.from);
    draft.put(text, mark.from, mark.until);
    copied = mark.until;
  }
  draft.copy(copied, Math.min(source.length, copied + BESIDE_CHARS));
  return draft.done();
}

export function leetOf(word: string): string {
  return word.replaceAll(/[013457@$]/g, (sign) => LEET[sign] ?? sign);
}

/** Letters with one sign between them as words; more than one sign ends a word. */
export function unspaced(written: string): string {
  return written.replaceAll(/[^a-z\d@$]+/gi, (between) => (between.length > 1 ? " " : ""));
}

export function rotated(source: string): Rewritten {
  const text = source.replaceAll(/[a-z]/gi, (letter) => {
    const code = letter.charCodeAt(0);
    const first = code < 97 ? 65 : 97;
    return String.fromCharCode(((code - first + 13) % 26) + first);
  });
  return { text, at: (from, until) => ({ from, until }) };
}

/** Unit by unit: what is outside the basic plane comes out broken, and is not what somebody hides. */
export function reversed(source: string): Rewritten {
  let text = "";
  for (let at = source.length - 1; at >= 0; at--) text += source.charAt(at);
  return {
    text,
    at: (from, until) => ({
      from: Math.max(0, source.length - until),
      until: Math.max(0, source.length - from),
    }),
  };
}

const PRINTABLE_SHARE = 0.95;
/** Enough of a run to see that it is not text. */
const SAMPLE_CHARS = 48;
const GZIP = [0x1f, 0x8b];
const ZIP = [0x50, 0x4b, 3, 4];

function textOf(bytes: Buffer, whole: boolean): string | undefined {
  const wide = bytes.length >= 8 && bytes[1] === 0 && bytes[3] === 0 && bytes[0] !== 0;
  const text = wide ? bytes.toString("utf16le") : bytes.toString("utf8");
  const strange = text.match(/(?![\t\n\r])[\p{Cc}\ufffd]/gu)?.length ?? 0;
  // The last character of a sample may be cut.
  return strange - (whole ? 0 : 1) > text.length * (1 - PRINTABLE_SHARE) ? undefined : text;
}

/** The text that a run of digits hides, `compressed` for one that would have to be inflated, or nothing. */
function decoded(run: string, made: "base64" | "hex"): string | undefined {
  const digits = run.replaceAll("\n", "");
  const sample = Buffer.from(digits.slice(0, SAMPLE_CHARS), made);
  if (GZIP.every((byte, at) => sample[at] === byte) || ZIP.every((byte, at) => sample[at] === byte))
    return COMPRESSED;
  if (textOf(sample, digits.length <= SAMPLE_CHARS) === undefined) return undefined;
  return textOf(Buffer.from(digits, made), true);
}

/** Stands for what is compressed, which is not text and never inflated. */
export const COMPRESSED = "\0compressed";

const HEX_RUN = /^[\da-f\n]{32,}$/i;

/** A run of base64 or hexadecimal digits, and what it hides: text, `COMPRESSED` or nothing. */
export function hidden(run: string): { readonly made: "base64" | "hex"; readonly text: string } | undefined {
  const made = HEX_RUN.test(run.replace(/^0x/i, "")) ? "hex" : "base64";
  if (made === "hex") {
    const text = decoded(run.replace(/^0x/i, ""), "hex");
    return text === undefined ? undefined : { made, text };
  }
  // A path or a name before it puts the digits out of step: then the longest piece without a sign.
  const longest = /[/_-]/.test(run)
    ? run.split(/[/_-]/).reduce((long, piece) => (piece.length > long.length ? piece : long), "")
    : "";
  const text = decoded(run, made) ?? (longest.length >= 24 ? decoded(longest, made) : undefined);
  return text === undefined ? undefined : { made, text };
}
