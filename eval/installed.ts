import { globSync, readFileSync } from "node:fs";
import type { Row } from "./corpus.ts";

/** Characters of one piece of documentation, as a tool that reads files would give it. */
const PIECE_CHARS = 1200;
const PIECES = 8000;

/**
 * Ordinary text that a gate may see and no model was trained on: the documentation of the packages that are installed here, in
 * pieces. The lock file says which packages those are, so every checkout has the same.
 */
export function installed(root = "node_modules"): readonly Row[] {
  const files = globSync(`${root}/**/*.md`, { exclude: (name) => name.endsWith("/.cache") }).sort();
  const rows: Row[] = [];
  for (const file of files) {
    const text = readFileSync(file, "utf8");
    for (let at = 0; at < text.length && at < 20 * PIECE_CHARS; at += PIECE_CHARS) {
      const piece = text.slice(at, at + PIECE_CHARS);
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
