import { execFile, execFileSync } from "node:child_process";
import { promisify } from "node:util";
import type { GitPlace } from "../config/policy-place.ts";
import { type Problem, problemOf, Problems } from "../document/problem.ts";
import type { Source } from "../policy/rule.ts";
import type { Own } from "./own.ts";

const PATIENCE_MS = 10_000;
const MOST_FILES = 1000;
const MOST_BYTES = 8 * 1024 * 1024;

/** Git hears nothing of this process's environment but where things are: no prompt, no other repository, no network. */
function environment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(([name]) => !name.startsWith("GIT_"));
  return {
    ...Object.fromEntries(kept),
    LC_ALL: "C",
    GIT_TERMINAL_PROMPT: "0",
    GIT_OPTIONAL_LOCKS: "0",
    GIT_NO_LAZY_FETCH: "1",
    GIT_NO_REPLACE_OBJECTS: "1",
  };
}

function wrong(place: GitPlace, message: string, hint?: string): Problems {
  const problem: Problem = problemOf(nameOf(place), message, hint);
  return new Problems([problem]);
}

function command({ repository }: GitPlace, words: readonly string[]): readonly string[] {
  const options = ["-c", "core.fsmonitor=false", "-c", "core.hooksPath=/dev/null", "--literal-pathspecs"];
  return ["-C", repository, ...options, ...words];
}

/** Why Git did not do it. */
function refused(place: GitPlace, error: unknown): Problems {
  const { code, stderr, message } = error as NodeJS.ErrnoException & { readonly stderr?: Buffer | string };
  if (code === "ENOENT") return wrong(place, "Git cannot be run", "see that Git is installed");
  if (code === "ETIMEDOUT") return wrong(place, `Git has not answered for ${PATIENCE_MS / 1000} s`);
  const said = String(stderr ?? "").trim();
  return wrong(place, (said === "" ? message : said).slice(-300));
}

/** Runs Git in the repository, without a shell. Throws Problems with its last words. */
function git(place: GitPlace, words: readonly string[], input?: string): Buffer {
  try {
    return execFileSync("git", command(place, words), {
      env: environment(),
      input,
      timeout: PATIENCE_MS,
      maxBuffer: 2 * MOST_BYTES,
      stdio: [input === undefined ? "ignore" : "pipe", "pipe", "pipe"],
    });
  } catch (error) {
    throw refused(place, error);
  }
}

/** `git+file:///srv/policies.git#main:gate`, as messages show it. */
function nameOf({ repository, ref, path }: GitPlace): string {
  return `git+file://${repository}#${ref}${path === "" ? "" : `:${path}`}`;
}

function naming({ ref }: GitPlace): readonly string[] {
  return ["rev-parse", "--verify", "--end-of-options", `${ref}^{commit}`];
}

/** The commit that the ref names now. Rejects with Problems. */
async function commitOf(place: GitPlace): Promise<string> {
  try {
    const options = { env: environment(), timeout: PATIENCE_MS, maxBuffer: 65_536 };
    const { stdout } = await promisify(execFile)("git", command(place, naming(place)), options);
    return stdout.trim();
  } catch (error) {
    throw refused(place, error);
  }
}

interface Blob {
  readonly id: string;
  readonly bytes: number;
  readonly file: string;
}

/** The policy files of a commit: plain files that end in .yaml, none hidden, no links. */
function blobsOf(place: GitPlace, commit: string): readonly Blob[] {
  const where = place.path === "" ? [] : ["--", place.path];
  const entries = git(place, ["ls-tree", "-r", "-z", "-l", "--full-tree", commit, ...where])
    .toString("utf8")
    .split("\0");
  const blobs = entries.flatMap((entry): readonly Blob[] => {
    const [, id, bytes, file] = /^100(?:644|755) blob ([0-9a-f]+) +(\d+)\t(.+)$/s.exec(entry) ?? [];
    if (id === undefined || file === undefined || !/\.ya?ml$/.test(file) || /(?:^|\/)\./.test(file))
      return [];
    return [{ id, bytes: Number(bytes), file }];
  });
  if (blobs.length === 0)
    throw wrong(
      place,
      `commit ${commit.slice(0, 12)} holds no policy there`,
      "policies are files that end in .yaml",
    );
  if (blobs.length > MOST_FILES) throw wrong(place, `holds more than ${MOST_FILES} files`);
  if (blobs.reduce((sum, { bytes }) => sum + bytes, 0) > MOST_BYTES)
    throw wrong(place, `holds more than ${MOST_BYTES / 1024 / 1024} MiB of policy`);
  return blobs;
}

/** What the files of a commit say, read by one process: each blob comes with a line before it and a newline after it. */
function textsOf(place: GitPlace, blobs: readonly Blob[]): readonly Source[] {
  const said = git(place, ["cat-file", "--batch"], `${blobs.map(({ id }) => id).join("\n")}\n`);
  let from = 0;
  return blobs.map(({ file, bytes }) => {
    from = said.indexOf("\n", from) + 1;
    const text = said.subarray(from, from + bytes).toString("utf8");
    from += bytes + 1;
    return { file, text };
  });
}

/**
 * The policy at a place of a Git repository, as its commit has it now. Throws Problems where the place is not there, the
 * commit is not signed well (with `verify`), or there is more than a policy may be.
 */
export function readGitFolder(
  place: GitPlace,
  commit: string = git(place, naming(place)).toString("utf8").trim(),
): readonly Source[] {
  if (place.verify) git(place, ["verify-commit", commit]);
  return textsOf(place, blobsOf(place, commit));
}

/** A branch is asked about no more often than this. */
const ASK_MS = 2_000;

/** A policy that follows a Git repository: read again when the ref names another commit. */
export function ownGit(place: GitPlace): Own {
  let known: { readonly commit: string; readonly sources: readonly Source[] } | undefined;
  let asked = Number.NEGATIVE_INFINITY;
  return {
    name: nameOf(place),
    async read() {
      if (known !== undefined && performance.now() - asked < ASK_MS) return known.sources;
      asked = performance.now();
      const commit = await commitOf(place);
      if (known?.commit !== commit) known = { commit, sources: readGitFolder(place, commit) };
      return known.sources;
    },
  };
}
