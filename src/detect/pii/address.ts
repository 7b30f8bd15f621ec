import ipaddr from "ipaddr.js";
import { isAddress } from "../is-address.ts";

const VERSION =
  /version|\bver\b|\bv$|release|build|firmware|assembly|section|chapter|clause|appendix|\brfc\b|§|\bgit\b/;
/** Figures of one digit each number a part of a document more often than a machine. */
const NUMBERING = /^\d(?:\.\d){3}$/;
const MACHINE = /\bip|addr|host|server|dns|ping|resolv|gateway|from\b|client|remote/;

/** Whether a word is the address of a machine on the internet: not one of a private network, of documentation, or a version. */
export function isPublicAddress(word: string, before: string): boolean {
  if (word.endsWith(".0.0") || !isAddress(word) || VERSION.test(before)) return false;
  if (NUMBERING.test(word) && !/^(\d)\.\1\.\1\.\1$|^1\.0\.0\.1$/.test(word) && !MACHINE.test(before))
    return false;
  const address = ipaddr.parse(word);
  if (address.kind() === "ipv4")
    return ipaddr.IPv4.isValidFourPartDecimal(word) && address.range() === "unicast";
  // A short form may be a name of a program (`a::b`); one of all eight parts is nothing else.
  return (
    address.range() === "unicast" &&
    (/^[23]/.test(word) || (word.split(":").length === 8 && /[\da-f]{3}/.test(word)))
  );
}

const HEX = /[\da-f]/i;
const SIX = /[\da-f]{1,4}:[\da-f:]{4,34}/iy;

/** The public IPv6 address of which the first colon stands at a place; undefined where there is none. */
export function addressAround(
  text: string,
  colon: number,
): readonly [from: number, until: number] | undefined {
  if (!/[\da-f:]/i.test(text.charAt(colon + 1)) || !HEX.test(text.charAt(colon - 1))) return undefined;
  let from = colon - 1;
  while (colon - from < 4 && HEX.test(text.charAt(from - 1))) from -= 1;
  if (/[\w:.]/.test(text.charAt(from - 1))) return undefined;
  SIX.lastIndex = from;
  const run = SIX.exec(text)?.[0].replace(/:$/, "");
  if (run === undefined || /\w/.test(text.charAt(from + run.length))) return undefined;
  const parts = run.split(":").length;
  const whole = run.includes("::") ? parts < 9 : parts === 8;
  return whole && isPublicAddress(run.toLowerCase(), "") ? [from, from + run.length] : undefined;
}
