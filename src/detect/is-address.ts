import ipaddr from "ipaddr.js";

/** What may be an address at all: with colons, or a number in up to four parts. */
const COLONS = /^[\da-fx.]*:[\da-fx:.]*(?=%[\da-z]+$|$)/i;
const NUMBER = /^(?![1-9]\d{10})\d[\da-fx.]*$/i;
/** A part of more than sixteen bits. */
const LARGE = /[1-9a-f][\da-f]{4}/i;

/** Whether a run of parts with colons can have eight of them, zeros left out at one place at most. */
function isEight(parts: string): boolean {
  if (LARGE.test(parts)) return false;
  const short = parts.indexOf("::");
  if (short !== -1) return parts.indexOf("::", short + 1) === -1;
  const colons = parts.split(":").length - 1;
  return colons === 7 || (colons === 6 && parts.includes("."));
}

/**
 * Whether a name is the address of a machine, in any spelling that `ipaddr.js` reads. The library throws inside where it is none, which
 * costs fifty times as much as to look first, and more where the stack is written down.
 */
export function isAddress(name: string): boolean {
  const parts = COLONS.exec(name)?.[0];
  if (parts === undefined ? !NUMBER.test(name) : !isEight(parts)) return false;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return parts === undefined ? ipaddr.IPv4.isValid(name) : ipaddr.IPv6.isValid(name);
  } finally {
    Error.stackTraceLimit = limit;
  }
}
