import ipaddr from "ipaddr.js";
import { addressOf } from "../address.ts";

/** Where an address leads, as far as its host tells. */
export type Reach = "metadata" | "loopback" | "private" | "rebinding" | "callback" | "public";

const METADATA_NAMES =
  /^(?:metadata|metadata\.(?:google\.internal|goog|platformequinix\.com|packet\.net|tencentyun\.com|azure\.internal)|instance-data(?:\.ec2\.internal)?|rancher-metadata|100-100-100-200\.\w+|kubernetes\.default(?:\.svc(?:\.cluster\.local)?)?)$/;
const METADATA = new Set([
  "169.254.169.254",
  "169.254.170.2",
  "169.254.170.23",
  "100.100.100.200",
  "192.0.0.192",
  "168.63.129.16",
  "fd00:ec2::254",
  "fd20:ce::254",
]);
const INSIDE =
  /(?:^|\.)(?:local|internal|intranet|corp|lan|home\.arpa|localdomain|svc|cluster\.local|consul)$/;
/** Names that mean this machine, or any address that stands in them. */
const REBINDING =
  /(?:^|\.)(?:nip\.io|sslip\.io|xip\.io|localtest\.me|lvh\.me|vcap\.me|lacolhost\.com|yoogle\.com|rbndr\.us|1u\.ms|ipq\.co|localh\.st|nam\.ee|fuf\.me|fbi\.com|local\.sisteminha\.com|readme\.localtest\.me|spoofed\.burpcollaborator\.net|customer1\.app\.localhost\.my\.company\.127\.0\.0\.1\.nip\.io)$/;
/** Places that are there to hear who calls. */
const CALLBACK =
  /(?:^|\.)(?:burpcollaborator\.net|oastify\.com|interact\.sh|interactsh\.com|oast\.(?:pro|live|site|online|fun|me)|webhook\.site|requestbin\.(?:com|net)|requestcatcher\.com|pipedream\.net|beeceptor\.com|hookbin\.com|canarytokens\.(?:com|org)|dnslog\.cn|ceye\.io|postb\.in|ptsv[23]\.com|requestrepo\.com|bxss\.me|xss\.ht|ezxss\.com)$/;

/** What the metadata services of clouds begin with, in IPv6. */
const METADATA_FIRST = new Set([0xfd00, 0xfd20]);

function reachOfAddress(address: ipaddr.IPv4 | ipaddr.IPv6): Reach {
  const range = address.range();
  if (address instanceof ipaddr.IPv6) {
    if (range === "ipv4Mapped") return reachOfAddress(address.toIPv4Address());
    if (METADATA_FIRST.has(address.parts[0] ?? 0) && METADATA.has(address.toString())) return "metadata";
    if (range === "6to4" || range === "teredo" || range === "rfc6052") return embedded(address);
  } else if (METADATA.has(address.toString())) return "metadata";
  if (range === "loopback" || range === "unspecified") return "loopback";
  return range === "unicast" ? "public" : "private";
}

/** An IPv4 address that is carried within an IPv6 address leads where that one leads. */
function embedded(address: ipaddr.IPv6): Reach {
  const bytes = address.toByteArray();
  const at = bytes[0] === 0x20 && bytes[1] === 0x02 ? 2 : 12;
  const inner = reachOfAddress(ipaddr.fromByteArray(bytes.slice(at, at + 4)));
  return inner === "public" ? "private" : inner;
}

function nameOf(host: string): string {
  return host
    .toLowerCase()
    .replace(/^\[|\]$/g, "")
    .replace(/%25.*$/, "")
    .replace(/\.$/, "");
}

/** Whether a host is there to hear who calls. */
export function isCallback(host: string): boolean {
  return CALLBACK.test(nameOf(host)) && reachOf(host) === "callback";
}

/** Reads a host as a network library would: decimal, octal, hexadecimal and short forms, brackets, a dot at the end. */
export function reachOf(host: string): Reach {
  const name = nameOf(host);
  if (METADATA_NAMES.test(name)) return "metadata";
  if (
    name === "localhost" ||
    name.endsWith(".localhost") ||
    name === "ip6-localhost" ||
    name === "ip6-loopback"
  )
    return "loopback";
  const address = addressOf(name);
  if (address !== undefined) return reachOfAddress(address);
  if (REBINDING.test(name)) return "rebinding";
  if (
    /(?:^|[.-])(?:127-0-0-1|169-254-169-254|10-\d{1,3}-\d{1,3}-\d{1,3}|192-168-\d{1,3}-\d{1,3})(?:[.-]|$)/.test(
      name,
    )
  )
    return "rebinding";
  if (CALLBACK.test(name)) return "callback";
  return INSIDE.test(name) ? "private" : "public";
}

/** Whether an address is spelled in a way that hides which one it is. */
export function isDisguised(host: string): boolean {
  const name = host.toLowerCase().replace(/^\[|\]$/g, "");
  if (/[^\u0020-\u007e]/.test(name) || name.includes("%")) return true;
  if (/^(?:0x[0-9a-f]{1,8}|\d{5,10}|0\d{4,12})$/.test(name)) return true;
  if (/^::(?:ffff:)?(?:0:)?(?:\d{1,3}\.){3}\d{1,3}$|^::ffff:/.test(name) || /^64:ff9b:|^2002:/.test(name))
    return true;
  const parts = name.split(".");
  const numeric = parts.every((part) => /^(?:0x[0-9a-f]{1,8}|\d{1,10})$/.test(part));
  return numeric && (parts.length < 4 || parts.some((part) => /^0[0-9x]/.test(part)));
}
