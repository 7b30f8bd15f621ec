import { resolved } from "./path.ts";
import { decoded } from "./percent.ts";

// oxlint-disable-next-line no-control-regex -- these are what a reader of URLs drops
const CONTROLS = /[\u0000-\u001f\u007f]/g;
/** A name without any of this has one spelling: no control, `%`, `\`, outer blank, empty or dotted part, or scheme. */
// oxlint-disable-next-line no-control-regex -- as above
const ODD = /[\u0000-\u001f\u007f%\\]|^\s|\s$|^\.{1,2}(?:\/|$)|\/\.{0,2}(?:\/|$)|^[A-Za-z][A-Za-z0-9+.-]*:/;
const SCHEME = /^([A-Za-z][A-Za-z0-9+.-]+):(.*)$/s;
const SPECIAL = /^(?:file|https?|wss?|ftp)$/;

function stripped(text: string): string {
  return text.replaceAll(CONTROLS, "").trim();
}

/** `a/b` and, where the text ended in a separator or a dotted part, `a/b/`: whichever a rule may have in mind. */
function places(before: string, text: string): readonly string[] {
  const place = `${before}${resolved(text, /[\\/]/).join("/")}`;
  return /(?:^|[\\/])\.{0,2}$/.test(text) && !place.endsWith("/") ? [place, `${place}/`] : [place];
}

/** A `file:` URL is its path, whatever host it names and whatever query it carries: servers look at the path alone. */
function filePlaces(path: string): readonly string[] {
  return [...places("file:///", path), ...places("/", path)];
}

/** What the parser of the web makes of a name: `https:host`, `host:443`, `0x7f.1` and user names are undone by it. */
function parsedPlaces(text: string): readonly string[] {
  const url = URL.parse(text);
  if (url === null) return [];
  const path = stripped(decoded(url.pathname));
  if (url.protocol === "file:") return filePlaces(path);
  return places(`${url.protocol}//${url.host}/`, path).map((place) => `${place}${decoded(url.search)}`);
}

function spelledOut(text: string): readonly string[] {
  const [, scheme = "", rest = ""] = SCHEME.exec(text) ?? [];
  if (scheme === "") return places(/^[\\/]/.test(text) ? "/" : "", text);
  const name = scheme.toLowerCase();
  const slashed = SPECIAL.test(name) ? rest.replaceAll("\\", "/") : rest;
  if (name === "file") {
    const path = slashed.replace(/^\/\/[^/?#]*/, "");
    return [path, path.replace(/[?#].*$/s, "")].flatMap(filePlaces);
  }
  const host = /^\/\/([^/\\?#]*)(.*)$/s.exec(slashed);
  if (host === null) return places(`${name}:${/^[\\/]/.test(slashed) ? "/" : ""}`, slashed);
  const [, authority = "", path = ""] = host;
  return path === ""
    ? [`${name}://${authority.toLowerCase()}`]
    : places(`${name}://${authority.toLowerCase()}${/^[\\/]/.test(path) ? "/" : ""}`, path);
}

/**
 * A resource's name and every other spelling of it that a server may take for the same: without control characters and
 * outer blanks, with nothing percent-encoded, scheme and host in lower case, `file:` URLs as `file:///…` and as their
 * path, `\` as `/`, `.` and `..` resolved. For rules that deny; a rule that allows takes a name as it is written.
 */
export function spellings(name: string): readonly string[] {
  if (!ODD.test(name)) return [name];
  const text = stripped(name);
  const special = SPECIAL.test(SCHEME.exec(text)?.[1]?.toLowerCase() ?? "");
  const plain = stripped(decoded(text));
  return [...new Set([name, plain, ...spelledOut(plain), ...(special ? parsedPlaces(text) : [])])];
}

/**
 * A glob of a rule that denies, and what it looks like in the words of `spellings`. Dots, separators and `%` stay encoded:
 * who writes `*%2f*` means names that hide a separator, not every name that has one.
 */
export function globSpellings(glob: string): readonly string[] {
  const text = glob
    .replaceAll(/%(?:2d|3\d|[46][1-9a-f]|[57][0-9a]|5f|7e|20)/gi, decodeURIComponent)
    .replaceAll(/(?:%[89a-f][0-9a-f])+/gi, decoded);
  const drive = /^[A-Za-z]:\\/.test(text) ? text.replaceAll("\\", "/") : text;
  const lower = drive.replace(/^[A-Za-z][A-Za-z0-9+.-]+:(?:\/\/[^/]*)?/, (start) => start.toLowerCase());
  const local = lower.replace(/^file:(?:\/\/localhost)?\/(?!\/)/, "file:///");
  return glob === local || glob.startsWith("*") ? [glob] : [glob, local];
}
