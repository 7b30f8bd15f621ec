import { readPolicyFiles } from "../config/policy-files.ts";
import { Problems } from "../document/problem.ts";
import type { Source } from "../policy/rule.ts";

/** Where a gate's own policy comes from: what is in force where nothing was applied in its place. */
export interface Own {
  readonly name: string;
  /** Gives the texts as they are; rejects with Problems where they cannot be read. */
  read(): Promise<readonly Source[]>;
}

/** Policy files and folders of this machine, absolute paths. */
export function ownFiles(paths: readonly string[], cwd: string = process.cwd()): Own {
  return { name: "files", read: () => Promise.resolve().then(() => readPolicyFiles(paths, cwd)) };
}

/** What was read, or why it could not be. */
export type Seen =
  | { readonly kind: "texts"; readonly sources: readonly Source[] }
  | { readonly kind: "wrong"; readonly problems: Problems };

async function look(own: Own): Promise<Seen> {
  try {
    return { kind: "texts", sources: await own.read() };
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return { kind: "wrong", problems: error };
  }
}

function markOf(seen: Seen): string {
  return JSON.stringify(seen.kind === "texts" ? seen.sources : seen.problems.problems);
}

/**
 * Tells what changed since it was asked last, once it was the same twice: an editor may be half done, and half of a
 * policy can be a policy too. Undefined where nothing did.
 */
export function changesIn(own: Own, first: readonly Source[]): () => Promise<Seen | undefined> {
  let told = markOf({ kind: "texts", sources: first });
  let last = told;
  return async () => {
    const seen = await look(own);
    const mark = markOf(seen);
    const isSettled = mark === last && mark !== told;
    last = mark;
    if (!isSettled) return undefined;
    told = mark;
    return seen;
  };
}
