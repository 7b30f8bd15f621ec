const DRIVE = /^[A-Za-z]:(?=[\\/]|$)/;
const SCHEME = /^[A-Za-z][A-Za-z0-9+.-]*:\/\//;

/** The names on the way from the root, with `.`, `..` and empty ones resolved; a `..` at the root stays there. */
function resolved(path: string, separator: RegExp): string[] {
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
function withinAs(given: string, directory: string, base: string | undefined, separator: RegExp): boolean {
  const absolute = DRIVE.test(given) || separator.test(given.slice(0, 1));
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
 * everything that is no string, is empty, begins with `~`, holds NUL, is another URL, or lies inside only if `\` is
 * (or is not) a separator.
 */
export function within(path: unknown, directory: string, base?: string): boolean {
  if (typeof path !== "string") return false;
  const plain = /^file:/i.test(path) ? pathOfUrl(path) : path;
  if (plain === undefined || plain === "" || plain.startsWith("~") || plain.includes("\0")) return false;
  if (SCHEME.test(plain) || (/^[A-Za-z]:/.test(plain) && !DRIVE.test(plain))) return false;
  if (!plain.includes("\\") && !directory.includes("\\")) return withinAs(plain, directory, base, /\//);
  const either = withinAs(plain, directory, base, /[\\/]/);
  return DRIVE.test(directory) ? either : either && withinAs(plain, directory, base, /\//);
}

/** `%2e`, `%2f` and `%5c` spelled out: what hides a `..` from a reader and not from a server. */
function decodedDots(text: string): string {
  return text.replaceAll(/%2e/gi, ".").replaceAll(/%2f/gi, "/").replaceAll(/%5c/gi, "\\");
}

/** Whether a resource's name has a `..` among its parts, however spelled: then it is not where it seems to be. */
export function climbs(resource: string): boolean {
  return resource.includes("..") || resource.includes("%")
    ? decodedDots(resource).split(/[\\/]/).includes("..")
    : false;
}

/** A resource's name with `.`, `..`, doubled separators and `\` resolved: the place a server may take it for. */
export function resolvedResource(resource: string): string {
  const text = decodedDots(resource);
  const scheme = SCHEME.exec(text)?.[0] ?? "";
  const rest = text.slice(scheme.length);
  return `${scheme}${/^[\\/]/.test(rest) ? "/" : ""}${resolved(rest, /[\\/]/).join("/")}`;
}
