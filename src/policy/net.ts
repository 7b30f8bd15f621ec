import ipaddr from "ipaddr.js";

/** Whether a text is one address or range; an IPv4 address has all its four parts. */
export function isRange(text: string): boolean {
  const [address = ""] = text.split("/");
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return address === text || ipaddr.isValidCIDR(text);
}

/** Whether an address is in a range (CIDR), or is it; a text that is no address is in none. An IPv4 address in IPv6 form is itself. */
export function inRange(address: string, range: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const found = ipaddr.process(address);
  if (!range.includes("/")) return found.toString() === ipaddr.process(range).toString();
  const [base, bits] = ipaddr.parseCIDR(range);
  return found.kind() === base.kind() && found.match(base, bits);
}
