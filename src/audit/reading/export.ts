import { setImmediate as turn } from "node:timers/promises";
import type { Encoder } from "../form/form.ts";
import type { Entry } from "./entry.ts";
import { type Records, readAll } from "./page.ts";
import type { RecordQuery } from "./query.ts";
import type { Redact } from "./redaction.ts";

/** Entries that are worked on before others have their turn: looking for personal data takes its time. */
const PORTION = 25;

/** Entries as they may be let out, with turns of others in between. */
export async function redactAll(entries: readonly Entry[], redact: Redact): Promise<readonly Entry[]> {
  const out: Entry[] = [];
  for (let from = 0; from < entries.length; from += PORTION) {
    out.push(...entries.slice(from, from + PORTION).map(redact));
    await turn();
  }
  return out;
}

/**
 * Everything that is looked for, as bytes of one form, page by page; `progress` hears how many entries there were, and `seen` is
 * as `readPage` has it. Only one page is in memory. Rejects where the records cannot be read; what was given by then is no whole file.
 */
export async function* exported(
  records: Records,
  query: RecordQuery,
  redact: Redact,
  encoder: Encoder,
  progress: (entries: number) => void = () => {},
  seen?: Redact,
): AsyncGenerator<string | Uint8Array, void, void> {
  let entries = 0;
  if (encoder.head !== "") yield encoder.head;
  for await (const { items } of readAll(records, query, seen)) {
    entries += items.length;
    const chunk = encoder.add(await redactAll(items, redact));
    if (chunk.length > 0) yield chunk;
    progress(entries);
  }
  const rest = encoder.end();
  if (rest.length > 0) yield rest;
}
