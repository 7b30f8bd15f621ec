import type { IncomingMessage } from "node:http";
import ipaddr from "ipaddr.js";
import type { Within } from "../config/network.ts";

export { type Within, within } from "../config/network.ts";

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
