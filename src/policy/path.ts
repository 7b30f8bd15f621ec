import { decoded } from "./percent.ts";

/** Control characters and outer blanks: some readers drop them, so `.<tab>.` is `..` to these and a name to others. */
// oxlint-disable-next-line no-control-regex -- these are meant
const DROPPED = /[\u0000-\u001f\u007f]|^\s|\s$/;
// oxlint-disable-next-line no-control-regex -- as above
const CONTROL = /[\u0000-\u001f\u007f]/;
const DRIVE = /^[A-Za-z]:(?=[\\/]|$)/;
const EITHER = /[\\/]/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;

/** The names on the way from the root, with `.`, `..` and empty ones resolved; a `..` at the root stays there. */
export function resolved(path: string, separator: RegExp | "/"): string[] {
  const names: string[] = [];
  for (const name of path.split(separator)) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return names;
}

/** The path of a `file:` URL, or undefined where two readers could take it for two paths. */
function pathOfUrl(url: string): string | undefined {
  const found = /^file:(?:\/\/(?:localhost)?)?(\/[^?#]*)$/i.exec(url);
  const path = found?.[1];
  if (path === undefined || /%(?:2f|5c|00)/i.test(path)) return undefined;
  try {
    const decoded = decodeURIComponent(path);
    return /^\/[A-Za-z]:(?:\/|$)/.test(decoded) ? decoded.slice(1) : decoded;
  } catch {
    return undefined;
  }
}

/** One reading of a path: separators are `/` alone, or `\` too. */
function withinAs(
  given: string,
  directory: string,
  base: string | undefined,
  separator: typeof EITHER | "/",
): boolean {
  const absolute =
    DRIVE.test(given) || given.startsWith("/") || (separator === EITHER && given.startsWith("\\"));
  if (!absolute && base === undefined) return false;
  const path = absolute ? given : `${base}/${given}`;
  const home = DRIVE.exec(directory)?.[0] ?? "";
  const wanted = resolved(directory.slice(home.length), separator);
  const drive = DRIVE.exec(path)?.[0] ?? "";
  const rest = path.slice(drive.length);
  if (drive.toUpperCase() !== home.toUpperCase()) return false;
  const names = resolved(rest, separator);
  return wanted.every((name, index) => names[index] === name);
}

/** Whether a text can be the directory of `path.within`: an absolute path, POSIX or with a drive letter. */
export function isDirectory(text: string): boolean {
  return text.startsWith("/") || (DRIVE.test(text) && text.length > 2);
}

/**
 * `path.within` of the condition language: whether `path` is `directory` or lies below it, by name alone (links are
 * not followed). `.` and `..` are resolved; a relative path is taken from `base`, where servers run, and is outside
 * where there is none, because nobody knows what the server makes of it; a `file:` URL counts as its path. False for
 * everything that is no string, is empty, begins with `~`, holds a control character or begins or ends with a blank
 * (which readers of URLs drop), is another URL, or lies inside only if `\` is (or is not) a separator.
 */
export function within(path: unknown, directory: string, base?: string): boolean {
  if (typeof path !== "string" || DROPPED.test(path)) return false;
  const plain = /^file:/i.test(path) ? pathOfUrl(path) : path;
  if (plain === undefined || plain === "" || plain.startsWith("~") || DROPPED.test(plain)) return false;
  if (SCHEME.test(plain) || (/^[A-Za-z]:/.test(plain) && !DRIVE.test(plain))) return false;
  if (!plain.includes("\\") && !directory.includes("\\")) return withinAs(plain, directory, base, "/");
  const either = withinAs(plain, directory, base, EITHER);
  return DRIVE.test(directory) ? either : either && withinAs(plain, directory, base, "/");
}

/**
 * Whether a resource's name is not where it seems to be: it has a `..` among its parts, however spelled and however
 * often encoded, or what readers of URLs drop or cut at.
 */
export function climbs(resource: string): boolean {
  if (DROPPED.test(resource)) return true;
  if (!resource.includes("..") && !resource.includes("%")) return false;
  const text = decoded(resource);
  // Decoded, a control character is dropped by readers of URLs as one that was written: `.%09.` is `..` to them.
  return CONTROL.test(text) || text.split(/[\\/?#]/).includes("..");
}
