import { addressOf } from "../address.ts";

const VERSION =
  /version|\bver\b|\bv$|release|build|firmware|assembly|section|chapter|clause|appendix|\brfc\b|§|\bgit\b/;
/** Four parts as people write them: no zero before a figure. */
const DECIMAL = /^(?:(?:0|[1-9]\d*)(?:\.|$)){4}$/;
/** Figures of one digit each number a part of a document more often than a machine. */
const NUMBERING = /^\d(?:\.\d){3}$/;
const MACHINE = /\bip|addr|host|server|dns|ping|resolv|gateway|from\b|client|remote/;

/** Whether a word is the address of a machine on the internet: not one of a private network, of documentation, or a version. */
export function isPublicAddress(word: string, before: string): boolean {
  const address = word.endsWith(".0.0") ? undefined : addressOf(word);
  if (address === undefined || VERSION.test(before)) return false;
  if (NUMBERING.test(word) && !/^(\d)\.\1\.\1\.\1$|^1\.0\.0\.1$/.test(word) && !MACHINE.test(before))
    return false;
  if (address.kind() === "ipv4") return DECIMAL.test(word) && address.range() === "unicast";
  // A short form may be a name of a program (`a::b`); one of all eight parts is nothing else.
  return (
    address.range() === "unicast" &&
    (/^[23]/.test(word) || (word.split(":").length === 8 && /[\da-f]{3}/.test(word)))
  );
}

const isHex = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 97 && code <= 102) || (code >= 65 && code <= 70);
const SIX = /[\da-f]{1,4}:[\da-f:]{4,34}/iy;

/** The public IPv6 address of which the first colon stands at a place; undefined where there is none. */
export function addressAround(
  text: string,
  colon: number,
): readonly [from: number, until: number] | undefined {
  const next = text.charCodeAt(colon + 1);
  if ((next !== 58 && !isHex(next)) || !isHex(text.charCodeAt(colon - 1))) return undefined;
  let from = colon - 1;
  while (colon - from < 4 && isHex(text.charCodeAt(from - 1))) from -= 1;
  if (/[\w:.]/.test(text.charAt(from - 1))) return undefined;
  SIX.lastIndex = from;
  const run = SIX.exec(text)?.[0].replace(/:$/, "");
  if (run === undefined || /\w/.test(text.charAt(from + run.length))) return undefined;
  const parts = run.split(":").length;
  const whole = run.includes("::") ? parts < 9 : parts === 8;
  return whole && isPublicAddress(run.toLowerCase(), "") ? [from, from + run.length] : undefined;
}
