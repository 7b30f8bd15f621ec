import { foldedOf } from "./views/fold.ts";
import type { Making, View, Views } from "./views/view.ts";

/** Longer texts are read through their encodings by the views alone. */
const TEXT_MOST = 512;

/** Letters of a word that is tried; the views take longer ones. */
const SHORT = 8;
const LONG = 32;

const IN_WORD = 1;
/** How a letter of ASCII begins in base64: six bits from 8 to 31. */
const BEGINS = 2;
const IN_HEX = 4;
/** How a letter of ASCII begins in hexadecimal. */
const BEGINS_HEX = 8;

const KINDS = Uint8Array.from({ length: 128 }, (_, code) => {
  const sign = String.fromCharCode(code);
  const has = (pattern: RegExp, kind: number): number => (pattern.test(sign) ? kind : 0);
  return (
    has(/[\w+/=-]/, IN_WORD) | has(/[I-Za-f]/, BEGINS) | has(/[\da-f]/i, IN_HEX) | has(/[2-7]/, BEGINS_HEX)
  );
});

/** Whether every letter at a distance is of a kind; few words that hide no text are so. */
function every(text: string, from: number, until: number, step: number, kind: number): boolean {
  for (let at = from; at < until; at += step)
    if (((KINDS[text.charCodeAt(at)] ?? 0) & kind) === 0) return false;
  return true;
}

/** Letters and a sign: words and numbers hide nothing that matters here. */
const LETTERS = /^[\t\n\r -~]*$/;
const SIGN = /[^\w.-]/;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

function read(text: string, from: number, until: number): View | undefined {
  const start = text.charCodeAt(from) === 48 && text.charAt(from + 1) === "x" ? from + 2 : from;
  const hex =
    (until - start) % 2 === 0 &&
    every(text, start, until, 1, IN_HEX) &&
    every(text, start, until, 2, BEGINS_HEX);
  const made = hex ? "hex" : every(text, from, until, 4, BEGINS) ? "base64" : undefined;
  if (made === undefined) return undefined;
  const run = text.slice(hex ? start : from, until);
  const inner = hex || BASE64.test(run) ? Buffer.from(run, made).toString("latin1") : "";
  return LETTERS.test(inner) && SIGN.test(inner) ? viewOf(made, inner, from, until) : undefined;
}

function briefly(text: string): readonly View[] {
  const found: View[] = [];
  if (text.length > TEXT_MOST) return found;
  let from = 0;
  for (let at = 0; at <= text.length; at += 1) {
    const code = at < text.length ? text.charCodeAt(at) : 32;
    if (code < 128 && ((KINDS[code] ?? 0) & IN_WORD) !== 0) continue;
    const view = at - from >= SHORT && at - from <= LONG ? read(text, from, at) : undefined;
    if (view !== undefined) found.push(view);
    from = at + 1;
  }
  return found;
}

function viewOf(made: Making, inner: string, from: number, until: number): View {
  return { made, text: foldedOf(inner).text, depth: 1, at: () => ({ from, until }) };
}

const known = new WeakMap<Views, readonly View[]>();

/** What short words of a value hide, as readings of it: commands and conditions have few letters. Spans are those of the words. */
export function briefViews(views: Views): readonly View[] {
  let brief = known.get(views);
  if (brief === undefined) known.set(views, (brief = briefly(views.original.text)));
  return brief;
}
