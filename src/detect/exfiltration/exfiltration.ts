import type { Detector } from "../detector.ts";
import { type Hit, lookAt } from "../look.ts";
import { matchesOf } from "../matches.ts";
import { entropy } from "../secrets/random.ts";
import { isCallback } from "../url/host.ts";

/** `![…](…)`, `<img src="…">` and what else a reader loads without asking. */
const IMAGE =
  /!\[[^\]\n]{0,200}\]\(\s{0,4}<?(https?:\/\/[^\s)>]{1,2000})|<(?:img|iframe|script|source|video|audio|embed|link|object|image)\b[^>]{0,300}?(?:src|href|data)\s{0,4}=\s{0,4}["']?(https?:\/\/[^\s"'>]{1,2000})|!\[[^\]\n]{0,200}\]:\s{0,4}(https?:\/\/\S{1,2000})|url\(\s{0,2}["']?(https?:\/\/[^\s"')]{1,2000})/gi;
const LINK =
  /(?<!!)\[[^\]\n]{1,200}\]\(\s{0,4}<?(https?:\/\/[^\s)>]{1,2000})|(?<![("'=\w])(https?:\/\/[^\s"'<>)\]`]{1,2000})/gi;
/** Where a model is meant to put what it knows. */
const BLANK =
  /(?:[?&][\w.-]{1,40}=|\/)(?:\{\{?[^{}]{0,60}\}?\}|\$\{?\w{1,40}\}?|<[^<>]{1,60}>|\[[A-Za-z_ ]{2,60}\]|%7b[^&]{0,60}%7d|[A-Z_]{0,20}(?:DATA|SECRET|TOKEN|HISTORY|CONVERSATION|PROMPT|CONTEXT|PASSWORD|KEY)[A-Z_]{0,20}(?:$|[&#]))/;
const TAKES =
  /[?&](?:data|d|q|x|payload|secret|exfil\w*|leak|steal|info|content|msg|message|c|cookie|token|key|body|dump|log|text|prompt|history|conversation|chat|env|output|result)=/i;

const PLACES =
  /(?:githubusercontent|gravatar|shields\.io|googleusercontent|cloudfront|cloudinary|imgur|twimg|fbcdn|amazonaws|ytimg|unsplash|wikimedia|googleapis|gstatic|akamai|cdn)/i;

/** Whether a part of an address carries data: long, and nothing that a person or a file system would name so. */
function carries(part: string): boolean {
  let plain = part;
  try {
    plain = decodeURIComponent(part);
  } catch {
    // Bytes that are no text are data all the more.
  }
  if (plain.length < 32) return false;
  if (/^[A-Za-z0-9+/_=-]{32,}$/.test(plain) && /\d/.test(plain) && /[a-z]/i.test(plain))
    return plain.length >= 48 ? entropy(plain) > 3.3 : entropy(plain) > 4.1;
  return plain.length >= 80 && / .* .* .* /.test(plain);
}

function exfil(kind: string, score: number, from: number, address: string, why: string): Hit {
  const severity = score >= 0.85 ? "critical" : score >= 0.7 ? "high" : "medium";
  return { class: "exfiltration", kind, severity, score, from, until: from + address.length, why };
}

function judged(address: string, from: number, loads: boolean): Hit | undefined {
  const [, host = "", path = "", query = ""] =
    /^https?:\/\/(?:[^/@?#]{0,200}@)?([^/?#:]{1,255})(?::\d{1,5})?([^?#]{0,2000})(\??[^#]{0,2000})/i.exec(
      address,
    ) ?? [];
  if (loads && BLANK.test(`${path}${query}`))
    return exfil("template", 0.9, from, address, "an image whose address has a blank for what a model knows");
  if (BLANK.test(query) && TAKES.test(query) && !/localhost|127\.0\.0\.1/.test(host))
    return exfil("template", 0.6, from, address, "an address with a blank for what a model knows");
  const values = query
    .slice(1)
    .split("&")
    .map((pair) => pair.slice(pair.indexOf("=") + 1));
  const signed =
    /[?&](?:x-amz-|sig|signature|se=|token=|jwt=|expires|hmac|oauth|code=|state=|utm_|key-pair)/i.test(query);
  if (!signed && values.some(carries)) {
    if (loads)
      return exfil(
        "image",
        PLACES.test(host) ? 0.6 : 0.85,
        from,
        address,
        "an image whose address carries data",
      );
    if (TAKES.test(query)) return exfil("link", 0.7, from, address, "an address that carries encoded data");
  }
  const label = host
    .split(".")
    .find(
      (part) => part.length >= 40 && /^[a-z0-9-]+$/i.test(part) && /\d/.test(part) && entropy(part) > 3.2,
    );
  if (label !== undefined) return exfil("host", 0.7, from, address, "a name that carries encoded data");
  if (
    loads &&
    !PLACES.test(host) &&
    path.split("/").some((part) => part.length >= 64 && carries(part) && !part.includes("."))
  )
    return exfil("image", 0.7, from, address, "an image whose address carries data");
  if (isCallback(host))
    return exfil("callback", 0.75, from, address, "leads to a place that is there to hear who calls");
  return undefined;
}

function leavesBy(text: string): readonly Hit[] {
  if (!text.includes("//")) return [];
  const found: Hit[] = [];
  const seen = new Set<number>();
  for (const [pattern, loads] of [
    [IMAGE, true],
    [LINK, false],
  ] as const) {
    for (const match of matchesOf(pattern, text)) {
      const address = match.slice(1).find((one) => one !== undefined) ?? "";
      const from = match.index + match[0].lastIndexOf(address);
      if (seen.has(from)) continue;
      seen.add(from);
      const one = judged(address, from, loads);
      if (one !== undefined) found.push(one);
    }
  }
  return found;
}

/** Data on its way out in addresses: images that a reader loads without asking, blanks for a model to fill, encoded payloads, listeners. */
export const EXFILTRATION: Detector = {
  name: "exfiltration",
  version: "1",
  classes: ["exfiltration"],
  find: (views) => lookAt("exfiltration", views, leavesBy),
};
