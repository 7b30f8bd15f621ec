/** Globs and spellings once more, as docs/POLICY.md has them: by going through the characters one after the other. */

/** `*` is any text, `?` one character, all else itself. */
export function globMeans(glob: string, text: string): boolean {
  if (glob === "") return text === "";
  const rest = glob.slice(1);
  if (glob.startsWith("*")) {
    for (let taken = 0; taken <= text.length; taken++) if (globMeans(rest, text.slice(taken))) return true;
    return false;
  }
  if (text === "") return false;
  return (glob.startsWith("?") || glob[0] === text[0]) && globMeans(rest, text.slice(1));
}

/** What is written under a key of `match`: a glob or a list, alternatives with `|`. */
export function globsOf(written: string | readonly string[]): readonly string[] {
  const globs: string[] = [];
  for (const each of typeof written === "string" ? [written] : written)
    for (const glob of each.split("|")) globs.push(glob.trim());
  return globs;
}

export function oneName(name: string): string {
  let same = "";
  for (const character of name) same += "./-".includes(character) ? "_" : character;
  return same;
}

/** Percent-encoding undone until nothing is left. */
function decoded(text: string): string {
  let before = text;
  for (;;) {
    let after = before;
    try {
      after = decodeURIComponent(before);
    } catch {
      return before;
    }
    if (after === before) return after;
    before = after;
  }
}

function plain(text: string): string {
  let kept = "";
  for (const character of decoded(text)) if (character >= " " && character !== "\u007f") kept += character;
  return kept.trim();
}

function resolved(path: string): string {
  const names: string[] = [];
  for (const name of path.replaceAll("\\", "/").split("/")) {
    if (name === "..") names.pop();
    else if (name !== "" && name !== ".") names.push(name);
  }
  return `${/^[\\/]/.test(path) ? "/" : ""}${names.join("/")}`;
}

/** The spellings that a rule which denies looks at, for names that are paths, `file:` URLs or `demo://` URIs. */
export function spellingsOf(name: string): readonly string[] {
  const text = plain(name);
  const scheme = /^([a-z]+):(.*)$/i.exec(text);
  if (scheme === null) return [name, text, resolved(text)];
  const [, kind = "", rest = ""] = scheme;
  if (kind.toLowerCase() !== "file") {
    const [host = "", ...path] = rest.replace(/^\/\//, "").split("/");
    const place = `${kind.toLowerCase()}://${host.toLowerCase()}`;
    return [name, text, path.length === 0 ? place : `${place}${resolved(`/${path.join("/")}`)}`];
  }
  const path = resolved(rest.replaceAll("\\", "/").replace(/^\/\/[^/]*/, ""));
  return [name, text, path, `file://${path}`];
}

/** Whether a name is not where it seems to be: a rule that allows never matches it. */
export function climbs(name: string): boolean {
  for (const character of decoded(name)) if (character < " " || character === "\u007f") return true;
  if (name !== name.trim()) return true;
  return decoded(name)
    .split(/[\\/?#]/)
    .includes("..");
}

/** `path.within`: the directory and everything below it, in both readings of `\`; `base` is where relative ones begin. */
export function isWithin(path: unknown, directory: string, base: string): boolean {
  if (typeof path !== "string" || path === "" || path.startsWith("~") || path !== path.trim()) return false;
  for (const character of path) if (character < " ") return false;
  let place = path;
  if (/^file:/i.test(path)) {
    const local = /^file:(?:\/\/(?:localhost)?)?(\/[^?#]*)$/i.exec(path);
    if (local?.[1] === undefined || /%(2f|5c|00)/i.test(local[1])) return false;
    place = decodeURIComponent(local[1]);
  } else if (/^[a-z]+:/i.test(path)) return false;
  for (const separators of ["/", "/\\"]) {
    const absolute = separators.includes(place.charAt(0)) ? place : `${base}/${place}`;
    const names: string[] = [];
    let name = "";
    for (const character of `${absolute}/`) {
      if (!separators.includes(character)) name += character;
      else {
        if (name === "..") names.pop();
        else if (name !== "" && name !== ".") names.push(name);
        name = "";
      }
    }
    const inside = `/${names.join("/")}/`;
    if (!inside.startsWith(`${directory}/`)) return false;
  }
  return true;
}
