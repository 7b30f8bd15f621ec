import { hash } from "node:crypto";
import { chmodSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";

const editSchema = z.strictObject({
  keys: z.array(z.string()),
  offset: z.int(),
  before: z.string(),
  after: z.string(),
});

const recordSchema = z.strictObject({
  version: z.literal(1),
  file: z.string(),
  wrapped: z.array(z.strictObject({ keys: z.array(z.string()), edits: z.array(editSchema) })),
  connected: z.strictObject({ edit: editSchema, created: z.boolean() }).optional(),
});

/** What was changed in a client's file, so that it can be taken back: texts of ours, and of commands; never a secret. */
export type FileRecord = z.output<typeof recordSchema>;

/** Where records are: a folder of this user's state. */
export interface Records {
  readonly folder: string;
}

function pathOf({ folder }: Records, file: string): string {
  return join(folder, `${hash("sha256", file, "hex").slice(0, 24)}.json`);
}

/** A file about which nothing is written down. */
export function blankRecord(file: string): FileRecord {
  return { version: 1, file, wrapped: [] };
}

/** What is written down about a file; blank where there is nothing, or nothing that can be read. */
export function readRecord(records: Records, file: string): FileRecord {
  let text: string;
  try {
    text = readFileSync(pathOf(records, file), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return blankRecord(file);
    throw error;
  }
  try {
    const read = recordSchema.safeParse(JSON.parse(text));
    if (read.success && read.data.file === file) return read.data;
  } catch {
    // Not JSON: what is taken back is then found by its words.
  }
  return blankRecord(file);
}

/** Writes down what was changed, for this user's eyes only; a record that says nothing is removed. */
export function writeRecord(records: Records, record: FileRecord): void {
  const path = pathOf(records, record.file);
  if (record.wrapped.length === 0 && record.connected === undefined) {
    rmSync(path, { force: true });
    return;
  }
  mkdirSync(records.folder, { recursive: true, mode: 0o700 });
  chmodSync(records.folder, 0o700);
  const next = `${path}.${process.pid}`;
  writeFileSync(next, `${JSON.stringify(record)}\n`, { mode: 0o600 });
  renameSync(next, path);
}
