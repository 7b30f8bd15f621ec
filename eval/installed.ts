import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Row } from "./corpus.ts";

/** Characters of one piece of documentation, as a tool that reads files would give it. */
const PIECE_CHARS = 1200;
const PIECE_LEAST = 40;
const PIECES = 8000;
/** What begins alike is taken for the same. */
const SAME_CHARS = 400;

/**
 * Ordinary text that a gate may see and no model was trained on: the documentation of the packages that are installed here, in
 * pieces. The lock file says which packages those are, so every checkout has the same.
 */
export function installed(root = "node_modules"): readonly Row[] {
  // What a package brings along once more says nothing new.
  const files = globSync("**/*.md", {
    cwd: root,
    exclude: (name) => /(?:^|\/)(?:\.cache|node_modules)$/.test(name),
  }).sort();
  const rows: Row[] = [];
  const seen = new Set<string>();
  for (const file of files) {
    const text = readFileSync(join(root, file), "utf8");
    for (let at = 0; at < text.length && at < 20 * PIECE_CHARS; at += PIECE_CHARS) {
      const piece = text.slice(at, at + PIECE_CHARS);
      // A license stands in many packages, and is one text.
      const words = piece.replaceAll(/\W+/g, " ").slice(0, SAME_CHARS);
      if (words.length < PIECE_LEAST || seen.has(words)) continue;
      seen.add(words);
      rows.push({
        id: `${file}:${at}`,
        text: piece,
        label: "benign",
        kind: "documentation",
        source: "installed",
        family: "operating",
      });
    }
  }
  const step = Math.max(1, rows.length / PIECES);
  return Array.from({ length: Math.min(PIECES, rows.length) }, (_, at) => rows[Math.floor(at * step)]).filter(
    (row) => row !== undefined,
  );
}
