import { readdirSync, readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { type Problem, problemOf, Problems } from "../document/problem.ts";
import type { Source } from "../policy/rule.ts";
import { shown } from "./paths.ts";

const MOST_FILES = 1000;

/** The YAML files of a folder and of those in it, by name; hidden ones and links to folders are left out. */
function filesBelow(folder: string): readonly string[] {
  const entries = readdirSync(folder, { withFileTypes: true, recursive: true });
  return entries
    .filter((entry) => !entry.isDirectory() && /^[^.].*\.ya?ml$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter(
      (path) =>
        !path
          .slice(folder.length)
          .split(/[\\/]/)
          .some((name) => name.startsWith(".")),
    )
    .toSorted();
}

/**
 * Reads the policy files at absolute paths, folders in the order of their files' names, each file once.
 * Throws Problems that name each path which cannot be read, and each folder that holds no policy.
 */
export function readPolicyFiles(paths: readonly string[], cwd: string = process.cwd()): readonly Source[] {
  const problems: Problem[] = [];
  const attempt = <T>(path: string, read: () => T): T | undefined => {
    try {
      return read();
    } catch (error) {
      problems.push(problemOf(shown(path, cwd), `cannot be read: ${(error as Error).message}`));
      return undefined;
    }
  };
  const files = paths.flatMap(
    (path) =>
      attempt(path, () => {
        if (!statSync(path).isDirectory()) return [path];
        const found = filesBelow(path);
        if (found.length === 0)
          problems.push(
            problemOf(shown(path, cwd), "holds no policy", "policies are files that end in .yaml"),
          );
        return found;
      }) ?? [],
  );
  if (files.length > MOST_FILES) problems.push(problemOf("policy", `more than ${MOST_FILES} files`));
  const sources = [...new Set(files)].slice(0, MOST_FILES).map((path) => ({
    file: shown(path, cwd),
    text: attempt(path, () => readFileSync(path, "utf8")) ?? "",
  }));
  if (problems.length > 0) throw new Problems(problems);
  return sources;
}
