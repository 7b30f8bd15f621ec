import { readFileSync } from "node:fs";
import { isDeepStrictEqual } from "node:util";
import type { Keychain } from "./keychain.ts";
import { entryAt, type Plan } from "./plan.ts";
import { type FileRecord, readRecord, type Records, writeRecord } from "./records.ts";
import { restoreSecrets } from "./secrets.ts";
import { backupsOf, type NotWritten, writeClientFile } from "./write.ts";

interface Written {
  readonly kind: "written";
  readonly backup: string | undefined;
  /** Older backups in which a secret still stands that has moved. */
  readonly tell_tales: readonly string[];
}
export type Applied = Written | ({ readonly kind: "refused" } & NotWritten);

const AGAIN = "run the same command again";

/** What applying needs beside the plan. `keychain` is asked for where a secret moves, and only then. */
export interface Means {
  readonly records: Records;
  readonly keychain: () => Promise<Keychain>;
  readonly now: () => Date;
}

async function store(plan: Plan, keychain: Keychain): Promise<NotWritten | undefined> {
  for (const { account, value } of plan.moves) {
    await keychain.set(account, value);
    if ((await keychain.get(account)) !== value)
      return {
        message: "stays as it is: the keychain did not keep a secret",
        fix: "run it again without --move-secrets",
      };
  }
  return undefined;
}

async function forget(accounts: readonly string[], keychain: Keychain): Promise<void> {
  for (const account of accounts) await keychain.delete(account);
}

interface Restored {
  readonly text: string | undefined;
  readonly missing: readonly string[];
}

async function restored(plan: Plan, keychain: () => Promise<Keychain>): Promise<Restored> {
  let { text } = plan;
  const missing: string[] = [];
  for (const keys of plan.restores) {
    if (text === undefined) break;
    const entry = entryAt(plan.file, text, keys);
    if (entry === undefined) continue;
    const back = await restoreSecrets(text, entry, await keychain());
    text = back.text;
    missing.push(...back.missing);
  }
  return { text, missing };
}

function telltales(plan: Plan): readonly string[] {
  if (plan.moves.length === 0) return [];
  return backupsOf(plan.file.place.file).filter((backup) => {
    const text = readFileSync(backup, "utf8");
    return plan.moves.some(({ value }) => text.includes(value));
  });
}

/** What takes back both what was done before and what is about to be done. */
function both(was: FileRecord, next: FileRecord): FileRecord {
  const known = new Set(next.wrapped.map(({ keys }) => JSON.stringify(keys)));
  const others = was.wrapped.filter(({ keys }) => !known.has(JSON.stringify(keys)));
  return { ...was, ...next, wrapped: [...next.wrapped, ...others] };
}

function write(plan: Plan, text: string | undefined, at: Date): ReturnType<typeof writeClientFile> {
  const { place, mark, bytes } = plan.file;
  return writeClientFile({
    file: place.file,
    was: bytes,
    bytes: text === undefined ? undefined : `${mark}${text}`,
    backup:
      bytes === undefined || plan.backup === undefined ? undefined : Buffer.from(`${mark}${plan.backup}`),
    at,
  });
}

/**
 * Does what a plan says, or nothing: secrets into the keychain and read again, then what takes it back, then the file;
 * the other way round where it is taken back. Rejects where a keychain is locked or a disk is full; the file then is as
 * it was.
 */
export async function apply(plan: Plan, { records, keychain, now }: Means): Promise<Applied> {
  const { was, record, moves } = plan;
  const path = plan.file.place.file;
  if (!isDeepStrictEqual(readRecord(records, was.file), was))
    return { kind: "refused", message: "was changed by another portcullis meanwhile", fix: AGAIN };
  const { text, missing } = await restored(plan, keychain);
  if (missing.length > 0) {
    const fix = `write the value into ${path} in the place of keychain:portcullis/${missing[0] ?? ""}, then run it again`;
    return { kind: "refused", message: `stays as it is: the keychain has no ${missing.join(", ")}`, fix };
  }
  let refused: NotWritten | undefined;
  let backup: string | undefined;
  try {
    refused = moves.length > 0 ? await store(plan, await keychain()) : undefined;
    if (refused === undefined) {
      // What takes the change back is on disk before the change is.
      writeRecord(records, both(was, record));
      const written = write(plan, text, now());
      if ("fix" in written) refused = written;
      else ({ backup } = written);
    }
  } catch (error) {
    await takeBack(plan, records, keychain);
    throw error;
  }
  if (refused !== undefined) {
    await takeBack(plan, records, keychain);
    return { kind: "refused", ...refused };
  }
  writeRecord(records, record);
  const back = plan.steps.flatMap(({ kind, secrets }) => (kind === "unwrap" ? secrets : []));
  if (back.length > 0) await forget(back, await keychain());
  return { kind: "written", backup, tell_tales: telltales(plan) };
}

async function takeBack({ was, moves }: Plan, records: Records, keychain: Means["keychain"]): Promise<void> {
  writeRecord(records, was);
  if (moves.length > 0)
    await forget(
      moves.map(({ account }) => account),
      await keychain(),
    );
}
