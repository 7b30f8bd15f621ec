import { hostname } from "node:os";
import { Readable } from "node:stream";
import { encoderOf } from "../../audit/form/form.ts";
import type { Form, Redaction } from "../../audit/form/forms.ts";
import { exported } from "../../audit/reading/export.ts";
import { redaction } from "../../audit/reading/redaction.ts";
import { actId } from "../../call/id.ts";
import { findConfig, loadSecret } from "../../config/load.ts";
import { gateSecret } from "../../config/secret.ts";
import { version } from "../../config/version.ts";
import { localAccount } from "../../identity/local.ts";
import { JournalUnavailable } from "../../store/unavailable.ts";
import { Failure } from "../failure.ts";
import { put } from "../out.ts";
import { say, tell } from "../say.ts";
import { partFile } from "./part-file.ts";
import { queryOf } from "./reading-options.ts";
import { tenantOf, withJournal } from "./records.ts";

type Options = Readonly<Record<string, unknown>>;

const PROGRESS_MS = 1_000;

/** Says on standard error how far it has come, where somebody looks. */
function progress(): (entries: number) => void {
  let told = performance.now();
  return (entries) => {
    if (!process.stderr.isTTY || performance.now() - told < PROGRESS_MS) return;
    told = performance.now();
    tell(`${entries} entries …`);
  };
}

/** What pseudonyms are made with: what only the gates of this store know. */
function pseudonymKey(options: Options): Uint8Array | undefined {
  return gateSecret(loadSecret({ file: findConfig(options["config"] as string | undefined) }));
}

/**
 * `portcullis export`: everything that is looked for, in one form, to a file that is there whole or not at all (0600), or to
 * standard output. That it was exported is an act on record before the first entry is read.
 */
export async function exportRecords(_: readonly string[], options: Options): Promise<number> {
  const form = (options["format"] as Form | undefined) ?? "ndjson";
  const level = (options["redact"] as Redaction | undefined) ?? "personal";
  const output = options["output"] as string | undefined;
  const encrypts = options["encrypt"] === true;
  if (output === undefined && (form === "parquet" || encrypts) && process.stdout.isTTY)
    throw new Failure(2, "what is exported is no text for a terminal", "--output FILE");
  const encrypt = encrypts ? await (await import("./export-encrypted.ts")).encryption(options) : undefined;
  const now = Date.now();
  const query = { ...queryOf(options, "all", "oldest", now) };
  // What is written from now on is of the next export.
  const until = Math.min(query.until ?? now, now);
  return await withJournal(options, async (journal, store) => {
    const rows = store.forTenant(tenantOf(options));
    const { since, ...asked } = query;
    const detail = {
      format: form,
      redact: level,
      encrypted: encrypts,
      host: hostname(),
      until: new Date(until).toISOString(),
      ...(since !== undefined && { since: new Date(since).toISOString() }),
      filter: Object.fromEntries(
        Object.entries(asked).filter(([name]) => !["order", "until", "kinds"].includes(name)),
      ),
    };
    try {
      await rows.acts.write({
        kind: "act",
        id: actId(now),
        at: now,
        principal: localAccount().id,
        action: "records.exported",
        object: output ?? "-",
        outcome: "ok",
        detail,
      });
    } catch (error) {
      if (!(error instanceof JournalUnavailable)) throw error;
      throw new Failure(
        3,
        "nothing was exported, because that could not be put on record",
        "portcullis doctor",
      );
    }
    const encoder = await encoderOf(form, { version: version() });
    const redact = redaction(level, level === "identity" ? pseudonymKey(options) : undefined);
    let count = 0;
    const told = progress();
    const plain = exported({ journal, acts: rows.acts }, { ...query, until }, redact, encoder, (entries) => {
      count = entries;
      told(entries);
    });
    const bytes = encrypt === undefined ? plain : await encrypt(Readable.from(plain));
    if (output === undefined) for await (const chunk of bytes) await put(chunk);
    else {
      await partFile(output, bytes);
      say("ok", `${count} ${count === 1 ? "entry" : "entries"} in ${output}`);
    }
    return 0;
  });
}
