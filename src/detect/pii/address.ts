import ipaddr from "ipaddr.js";

const VERSION = /version|\bver\b|\bv$|release|build|firmware|assembly/;

/** Whether a word is the address of a machine on the internet: not one of a private network, of documentation, or a version. */
export function isPublicAddress(word: string, before: string): boolean {
  if (!ipaddr.isValid(word) || word.endsWith(".0.0") || VERSION.test(before)) return false;
  const address = ipaddr.parse(word);
  if (address.kind() === "ipv4")
    return ipaddr.IPv4.isValidFourPartDecimal(word) && address.range() === "unicast";
  return address.range() === "unicast" && /^[23]/.test(word);
}
