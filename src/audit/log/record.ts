import type { Cells, LeafKind } from "../../store/log.ts";
import { leafHash } from "../tree/hash.ts";

/** Names of columns in the order of RFC 8785, for each kind: its rows all have the same. */
const SORTED = new Map<LeafKind, readonly string[]>();

function columnsOf(kind: LeafKind, cells: Cells): readonly string[] {
  const known = SORTED.get(kind);
  const names = Object.keys(cells);
  if (known?.length === names.length && known.every((name) => name in cells)) return known;
  const sorted = names.sort();
  SORTED.set(kind, sorted);
  return sorted;
}

/**
 * The text that a leaf is the hash of (docs/LOG-FORMAT.md): RFC 8785 JSON of the row as it stands in its table, every column
 * that is not null. Columns are text and whole numbers, so that nothing else of RFC 8785 is needed.
 */
export function recordText(kind: LeafKind, cells: Cells): string {
  let row = "";
  for (const name of columnsOf(kind, cells)) {
    const cell = cells[name];
    if (cell === null || cell === undefined) continue;
    const value = typeof cell === "number" ? String(cell) : JSON.stringify(cell);
    row += `${row === "" ? "" : ","}"${name}":${value}`;
  }
  return `{"kind":"${kind}","row":{${row}},"v":1}`;
}

export function rowHash(kind: LeafKind, cells: Cells): Uint8Array {
  return leafHash(recordText(kind, cells));
}
