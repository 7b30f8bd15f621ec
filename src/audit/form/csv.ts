import { stringify } from "csv-stringify/sync";
import type { Entry } from "../reading/entry.ts";
import { COLUMNS } from "./columns.ts";

/** What spreadsheets take for the beginning of a formula, in the width of Asian scripts too (CWE-1236). */
const FORMULA = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/;

/** A cell that no spreadsheet runs. A number is one, also below zero. */
function safe(text: string): string {
  return FORMULA.test(text) ? `'${text}` : text;
}

const OPTIONS = { record_delimiter: "windows" } as const;

/** The line of names (RFC 4180). */
export const CSV_HEAD = stringify([COLUMNS.map(({ name }) => name)], OPTIONS);

/** Entries as lines of CSV: cells that a spreadsheet would run begin with `'`. */
export function csvLines(entries: readonly Entry[]): string {
  const rows = entries.map((entry) =>
    COLUMNS.map(({ of }) => {
      const cell = of(entry);
      if (cell instanceof Date) return cell.toISOString();
      return typeof cell === "string" ? safe(cell) : (cell ?? "");
    }),
  );
  return rows.length === 0 ? "" : stringify(rows, OPTIONS);
}
