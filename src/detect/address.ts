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

/** Reads a name as the library does, once; undefined where it throws. */
function read(name: string, parts: boolean): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return parts ? ipaddr.IPv6.parse(name) : ipaddr.IPv4.parse(name);
  } catch {
    return undefined;
  } finally {
    Error.stackTraceLimit = limit;
  }
}

/**
 * The address of a machine that a name is, in any spelling that `ipaddr.js` reads; undefined for every other name. The library throws
 * inside where it is none, which costs fifty times as much as to look first, and more where the stack is written down.
 */
export function addressOf(name: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const parts = COLONS.exec(name)?.[0];
  if (parts === undefined ? !NUMBER.test(name) : !isEight(parts)) return undefined;
  return read(name, parts !== undefined);
}
