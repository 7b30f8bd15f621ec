import { once } from "node:events";

let heard = false;

/** Data, on standard output. Waits where the reader is slow; ends the process quietly where the reader went away (`| head`). */
export async function put(data: string | Uint8Array): Promise<void> {
  // What others have there (a pipe into it, say) does not end the process.
  if (!heard) {
    heard = true;
    process.stdout.on("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EPIPE") process.exit(0);
      throw error;
    });
  }
  if (!process.stdout.write(data)) await once(process.stdout, "drain");
}

/** A line of data. */
export async function print(line: string): Promise<void> {
  await put(`${line}\n`);
}

/** A line of JSON that a terminal shows as it is: no control character and nothing that turns the text around. */
export function jsonLine(value: unknown): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must go
  return JSON.stringify(value).replaceAll(
    /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

/** Rows as columns, two spaces apart; the last column is as wide as it is. */
export function columns(
  rows: readonly (readonly string[])[],
  least: readonly number[] = [],
): readonly string[] {
  const widths: number[] = [...least];
  for (const row of rows)
    for (const [index, cell] of row.entries()) widths[index] = Math.max(widths[index] ?? 0, cell.length);
  return rows.map((row) =>
    row
      .map((cell, index) => (index === row.length - 1 ? cell : cell.padEnd(widths[index] ?? 0)))
      .join("  ")
      .trimEnd(),
  );
}
