import { posix } from "node:path";

/** Directories named in one suggested condition at most. */
const MOST = 4;
/** Of so many directories in one, the one is meant. */
const SIBLINGS = 3;
/** What is remembered of one argument; what comes beyond is united at once. */
const REMEMBERED = 200;

// oxlint-disable-next-line no-control-regex -- these are meant
const UNFIT = /[\u0000-\u001f\u007f\\]|^\s|\s$|^~|^[A-Za-z][A-Za-z0-9+.-]*:/;

/** Whether a text can be nothing but a path. */
export function isPath(text: string): boolean {
  return /^(?:\/|\.{1,2}\/)/.test(text) && !UNFIT.test(text);
}

/** The directory that a path is in, or the path itself where it seems to be one: it has no ending. */
function home(path: string): string {
  const parent = posix.dirname(path);
  return /\.[A-Za-z0-9]{1,8}$/.test(posix.basename(path)) && parent !== "/" ? parent : path;
}

const isBelow = (path: string, directory: string): boolean =>
  path === directory || path.startsWith(`${directory}/`);

/** The deepest directory above both; "/" where there is no other. */
function above(one: string, other: string): string {
  let at = one;
  while (at !== "/" && !isBelow(other, at)) at = posix.dirname(at);
  return at;
}

function outermost(paths: readonly string[]): readonly string[] {
  const sorted = [...new Set(paths)].toSorted();
  return sorted.filter((path) => !sorted.some((other) => other !== path && isBelow(path, other)));
}

/** Three or more in one directory become that directory, as long as it is not the root. */
function withSiblings(paths: readonly string[]): readonly string[] {
  const parents = Map.groupBy(paths, (path) => posix.dirname(path));
  const crowded = [...parents].flatMap(([parent, inside]) =>
    parent !== "/" && inside.length >= SIBLINGS ? [parent] : [],
  );
  return crowded.length === 0 ? paths : withSiblings(outermost([...paths, ...crowded]));
}

/** Unites the two with the deepest directory in common, until there are few enough. Undefined where that is the root. */
function united(paths: readonly string[], most: number): readonly string[] | undefined {
  if (paths.length <= most) return paths;
  const pairs = paths.slice(1).map((path, at) => above(paths[at] ?? path, path));
  const deepest = pairs.toSorted((a, b) => b.split("/").length - a.split("/").length)[0] ?? "/";
  if (deepest === "/") return undefined;
  return united(outermost([...paths, deepest]), most);
}

/** What paths of one argument have in common. */
export interface Paths {
  /** `path` is absolute, or relative to `root`. False where it is none, or in no directory with the others. */
  add(path: string): boolean;
  /** The directories that all were in, four at most; undefined where only the root is above them. */
  directories(): readonly string[] | undefined;
}

/** Collects paths; relative ones are taken from `root`. Its size is bounded. */
export function pathsBelow(root: string): Paths {
  let known = new Set<string>();
  let lost = false;
  return {
    add(path) {
      if (path === "" || UNFIT.test(path)) return false;
      known.add(home(posix.resolve(root, path)));
      if (known.size <= REMEMBERED) return true;
      const fewer = united(outermost([...known]), REMEMBERED / 2);
      known = new Set(fewer);
      lost ||= fewer === undefined;
      return !lost;
    },
    directories: () =>
      lost || known.has("/") ? undefined : united(withSiblings(outermost([...known])), MOST),
  };
}
