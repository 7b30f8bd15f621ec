import ipaddr from "ipaddr.js";

/** Whether an address is in one of these ranges; a text that is no address is in none. */
export type Within = (address: string) => boolean;

type Address = ReturnType<typeof ipaddr.process>;
/** A network: its address, and how many bits of it are the network's. */
export type Range = readonly [Address, number];

/** Whether a text is an address or a range; an IPv4 address has all its four parts: `10.0.0` is a range to its reader, and 10.0.0.0 to a parser. */
export function isNetwork(text: string): boolean {
  const [address = ""] = text.split("/");
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return address === text || ipaddr.isValidCIDR(text);
}

/** Reads an address, which is the range of it alone, or a range (CIDR). Throws where a text is neither. */
export function rangeOf(text: string): Range {
  if (text.includes("/")) return ipaddr.parseCIDR(text);
  const one = ipaddr.process(text);
  return [one, one.kind() === "ipv4" ? 32 : 128];
}

/** Whether an address is in a range; an IPv4 address that is written as IPv6 is taken for what it is (`ipaddr.process`). */
export function isIn(address: Address, [network, bits]: Range): boolean {
  return address.kind() === network.kind() && address.match(network, bits);
}

/** Reads addresses and ranges. Throws where a text is neither. */
export function within(ranges: readonly string[]): Within {
  const read = ranges.map(rangeOf);
  if (read.length === 0) return () => false;
  return (address) => {
    if (!ipaddr.isValid(address)) return false;
    const found = ipaddr.process(address);
    return read.some((range) => isIn(found, range));
  };
}
