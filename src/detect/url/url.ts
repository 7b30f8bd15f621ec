import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { matchesOf } from "../matches.ts";
import { purposeOf } from "../purpose.ts";
import { isDisguised, reachOf } from "./host.ts";

/** Schemes that read files, speak other protocols, or run what they carry. */
const SCHEMES =
  /(?<![\w+.-])(?:gopher|dict|ldaps?|jar|netdoc|phar|expect|php|tftp|sftp|smb|cifs|rmi|jndi|view-source|ogg|zlib|compress\.\w{2,8}|glob|zip|javascript|vbscript|file|local_file|url:file):(?:\/{0,3}|%2f)/gi;
const ADDRESS =
  /(?<![\w+.-])([a-z][a-z0-9+.-]{1,20})(?::(?:[\\/]|%5c|%2f){1,8}|(?:[\\/]|%5c|%2f){2,8})([^\s"'<>`{}|]{1,400})/gi;
/** A host without a scheme, as the whole of a text. */
const BARE =
  /^\s{0,4}(?:[\\/]{2,6})?(\[[0-9a-f:.%]{2,60}\]|[\w.%-]{1,120}|[\u0080-\uffff][\w.\u0080-\uffff]{1,60})(?::\d{1,5})?(?:[\\/?#]|\s{0,4}$)/i;

const SCORES = { metadata: 0.95, rebinding: 0.85, private: 0.6, loopback: 0.5, callback: 0.75 } as const;
const WHY = {
  metadata: "leads to what a cloud tells of the machine it runs",
  rebinding: "a name that stands for an inside address",
  private: "leads inside the network",
  loopback: "leads to the machine itself",
  callback: "leads to a place that is there to hear who calls",
} as const;

/** The host as written: after what stands for a user, before a port or path. */
function hostOf(rest: string): { readonly host: string; readonly user: boolean } {
  const authority = /^[^/?#\\]{0,300}/.exec(rest)?.[0] ?? "";
  const sign = authority.lastIndexOf("@");
  const place = authority.slice(sign + 1);
  const host = /^\[[^\]]{0,80}\]/.exec(place)?.[0] ?? place.replace(/:\d{0,6}$/, "");
  return { host, user: sign !== -1 };
}

/** The host as a library that follows the WHATWG rules would take it. */
function canonical(host: string): string {
  const url = URL.parse(`http://${host}/`);
  return url === null ? host : url.hostname;
}

function inAddress(rest: string, from: number, until: number): Hit | undefined {
  const { host, user } = hostOf(rest);
  if (host === "") return undefined;
  const plain = canonical(host);
  const reach = reachOf(plain);
  const doubled =
    /[\\]|@.*@|#@|%40|%00|%0d|%0a|:\d{1,5}@|\t/i.test(rest.slice(0, 200)) || /^[^/?#]*\s/.test(rest);
  if (
    /^(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){0,4}$/i.test(host) &&
    URL.parse(`http://${host}/`) === null
  )
    return hit("overflow", 0.8, from, until, "a number for an address that no address has");
  const carried = /[?&=](?:https?|ftp|gopher)(?::|%3a)(?:\/|%2f){2}([^&\s]{1,300})/i.exec(rest);
  const onward = carried === null ? undefined : reachOf(canonical(hostOf(carried[1] ?? "").host));
  if (reach === "public" && onward !== undefined && onward !== "public" && onward !== "callback")
    return hit(onward, Math.max(SCORES[onward], 0.7), from, until, `carries an address that ${WHY[onward]}`);
  if (reach === "public") {
    const inner =
      user || doubled
        ? /(?:@|#|\\|%40|:\/\/)\[?(localhost|127\.|169\.254\.|10\.|192\.168\.|0x7f|2130706433|::1)/i.test(
            rest,
          )
        : false;
    return inner ? hit("confused", 0.85, from, until, "an address that is read in two ways") : undefined;
  }
  const disguised = isDisguised(host) || user || doubled;
  return hit(
    reach,
    Math.max(SCORES[reach], disguised ? 0.9 : 0),
    from,
    until,
    disguised ? `${WHY[reach]}, in disguise` : WHY[reach],
  );
}

function hit(kind: string, score: number, from: number, until: number, why: string): Hit {
  const severity = score >= 0.9 ? "critical" : score >= 0.7 ? "high" : score > 0.5 ? "medium" : "low";
  return { class: "ssrf", kind, severity, score, from, until, why };
}

function scheme(text: string, from: number, word: string): Hit | undefined {
  const name = word.slice(0, word.indexOf(":")).toLowerCase();
  const rest = text.slice(from, from + 300);
  if (name === "file" || name === "local_file" || word.toLowerCase().startsWith("url:file")) {
    if (!/(?:file:)\/{2,3}/i.test(rest)) return undefined;
    const grave = /etc|proc|windows|boot\.ini|\.ssh|\.aws|passwd|shadow|var\/run|localhost/i.test(rest);
    return hit("file", grave ? 0.9 : 0.5, from, from + word.length, "reads a file of the machine");
  }
  if (!/^[a-z_.]+:\/\/|^(?:javascript|vbscript|expect|jar|view-source|netdoc):\S/i.test(rest))
    return undefined;
  if (name === "sftp" || name === "smb" || name === "zip")
    return hit("scheme", 0.6, from, from + word.length, `the scheme ${name}`);
  return hit("scheme", 0.9, from, from + word.length, `the scheme ${name}, which servers are attacked with`);
}

/** Two or three figures are a version or an amount, unless they begin as such an address would. */
const VERSION = /^(?!127\.|169\.254\.)\d{1,10}(?:\.\d{1,10}){1,2}$/;

/** A text that is a host and nothing else; only what is no ordinary name or address. */
function bare(text: string): Hit | undefined {
  const [all, host] = text.length > 300 ? [] : (BARE.exec(text) ?? []);
  if (all === undefined || host === undefined) return undefined;
  const reach = reachOf(canonical(host));
  if (reach === "public" || reach === "private" || reach === "callback") return undefined;
  if (/^\d{0,7}%/.test(host)) return undefined;
  // A number is a number, whatever address it could be taken for.
  if (/^(?:\d{1,12}|0x[\da-f]{1,5})$/i.test(host) && !text.trim().startsWith("/")) return undefined;
  if (VERSION.test(host) || (reach === "loopback" && !isDisguised(host))) return undefined;
  return hit(reach, Math.max(SCORES[reach], isDisguised(host) ? 0.85 : 0), 0, all.length, WHY[reach]);
}

function addressed(text: string): readonly Hit[] {
  const found: Hit[] = [];
  for (const { 0: word, index } of matchesOf(SCHEMES, text)) {
    const one = scheme(text, index, word);
    if (one !== undefined) found.push(one);
  }
  for (const { 0: all, 2: rest = "", index } of matchesOf(ADDRESS, text)) {
    if (/^(?:file|jdbc)/i.test(all) || (!/^https?:/i.test(all) && !/^[^\\/]*:?[\\/%]{2}/.test(all))) continue;
    const one = inAddress(rest, index, index + all.length);
    if (one !== undefined) found.push(one);
  }
  return found;
}

function dangersIn(text: string): readonly Hit[] {
  const found = /:|[\\/]{2}|%(?:2f|5c)/i.test(text) ? addressed(text) : [];
  const one = found.length === 0 ? bare(text) : undefined;
  return one === undefined ? found : [one];
}

/**
 * Addresses in arguments that lead inside: loopback, private networks, what clouds tell of a machine, in every spelling; names that
 * stand for such addresses; schemes that servers are attacked with. What a name resolves to is not known here: who connects checks again.
 */
export const URLS: Detector = {
  name: "url",
  version: "3",
  classes: ["ssrf"],
  find: (views, field) => {
    if (field.role !== "argument" || purposeOf(views, field) === "content") return [];
    return lookAt("url", views, dangersIn);
  },
};
