import ipaddr from "ipaddr.js";
import { isIn, type Range, rangeOf } from "../config/network.ts";

/** What inside may be reached all the same: hosts by their names, addresses by their networks. */
export interface Allowed {
  readonly hosts: ReadonlySet<string>;
  readonly networks: readonly Range[];
}

/** Lower case, without the brackets of IPv6 and the dot of a full name. */
export function hostName(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, "$1")
    .replace(/\.$/, "");
}

/** Reads `outbound.allow`: host names, addresses, networks as CIDR. */
export function allowedOf(list: readonly string[]): Allowed {
  const hosts = new Set<string>();
  const networks: Range[] = [];
  for (const entry of list.map(hostName)) {
    if (ipaddr.isValidCIDR(entry) || ipaddr.isValid(entry)) networks.push(rangeOf(entry));
    else hosts.add(entry);
  }
  return { hosts, networks };
}

/** Where IPv4 addresses are written inside an IPv6 one that a network translates (RFC 6052). */
const TRANSLATED = rangeOf("64:ff9b::/96");
/** Of IPv6 only this much is given out for the public; the rest is special or unassigned. */
const GLOBAL = rangeOf("2000::/3");
/** The first form in which IPv6 carried IPv4 addresses (RFC 4291 §2.5.5.1), long given up. */
const COMPATIBLE = /^::[\d.]+$/;
/** Azure's own service on every machine, under an address that looks public. */
const WIRE_SERVER = "168.63.129.16";

/**
 * Whether an address belongs to the public Internet: not this machine, no private or link-local network, no carrier's
 * translation, no cloud's metadata, no tunnel that leads to one of these. What is no address is not public.
 */
export function isPublic(text: string): boolean {
  if (!ipaddr.isValid(text) || COMPATIBLE.test(text)) return false;
  const address = ipaddr.process(text); // an IPv4 address that is written as IPv6 is taken for what it is
  if (address.kind() === "ipv4") return address.range() === "unicast" && address.toString() !== WIRE_SERVER;
  if (isIn(address, TRANSLATED)) return isPublic(address.toByteArray().slice(-4).join("."));
  return address.range() === "unicast" && isIn(address, GLOBAL);
}

/** Whether the gate may connect to this address, which the name `host` stands for. */
export function mayReach(host: string, address: string, { hosts, networks }: Allowed): boolean {
  if (isPublic(address) || hosts.has(hostName(host))) return true;
  if (!ipaddr.isValid(address)) return false;
  const inside = ipaddr.process(address);
  return networks.some((network) => isIn(inside, network));
}

/** Whether a host is named by the list itself, so that its operator answers for what goes there. */
export function isListed(host: string, allowed: Allowed): boolean {
  const name = hostName(host);
  return (
    allowed.hosts.has(name) || (ipaddr.isValid(name) && !isPublic(name) && mayReach(name, name, allowed))
  );
}
