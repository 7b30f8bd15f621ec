import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";

/** Whether an address is in one of these ranges; a text that is no address is in none. */
export type Within = (address: string) => boolean;

type Range = ReturnType<typeof ipaddr.parseCIDR>;

function rangeOf(text: string): Range {
  if (text.includes("/")) return ipaddr.parseCIDR(text);
  const one = ipaddr.process(text);
  return [one, one.kind() === "ipv4" ? 32 : 128];
}

/** Reads addresses and CIDR ranges. Throws where a text is neither. */
export function within(ranges: readonly string[]): Within {
  const read = ranges.map(rangeOf);
  if (read.length === 0) return () => false;
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const found = ipaddr.process(address);
    return read.some((range) => found.kind() === range[0].kind() && found.match(range));
  };
}

/** Whether a text is an address or a range; an IPv4 address has all its four parts: `10.0.0` is a range to its reader, and 10.0.0.0 to a parser. */
export function isNetwork(text: string): boolean {
  const [address = ""] = text.split("/");
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return address === text || ipaddr.isValidCIDR(text);
}

/** Where a request comes from: the address that is connected. "" where the connection is gone. */
export function peerOf({ socket }: IncomingMessage): string {
  return socket.remoteAddress ?? "";
}

const HOPS = 32;

/**
 * The client's own address. A trusted proxy's word is taken: the last address of `X-Forwarded-For` that is no trusted
 * proxy's. Where what is forwarded cannot be read, the proxy itself is taken for the client.
 */
export function clientOf(request: IncomingMessage, trusted: Within): string {
  const peer = peerOf(request);
  const forwarded = request.headers["x-forwarded-for"];
  if (forwarded === undefined || !trusted(peer)) return peer;
  const hops = String(forwarded).split(",").slice(-HOPS).toReversed();
  let last = peer;
  for (const hop of hops) {
    const address = hop.trim();
    if (!ipaddr.isValid(address)) return last;
    if (!trusted(address)) return address;
    last = address;
  }
  return last;
}

/** What failures are counted by: an IPv4 address, or the half of an IPv6 address that is given to one customer. */
export function neighbourhood(address: string): string {
  if (!ipaddr.isValid(address)) return "";
  const found = ipaddr.process(address);
  return found instanceof ipaddr.IPv6
    ? found.parts
        .slice(0, 4)
        .map((part) => part.toString(16))
        .join(":")
    : found.toString();
}
