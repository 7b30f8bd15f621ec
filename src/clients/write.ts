import {
  closeSync,
  chownSync,
  fchmodSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
  accessSync,
  constants,
} from "node:fs";
import { randomBytes } from "node:crypto";
import { basename, dirname, join } from "node:path";
import { managed } from "./places.ts";

/** Why a file was not written; nothing was changed. */
export interface NotWritten {
  readonly message: string;
  readonly fix: string;
}

/** The file behind every link, itself where there is none yet. */
export function targetOf(file: string): string {
  try {
    return realpathSync(file);
  } catch {
    return file;
  }
}

/** Bytes into a file that is not there yet, on disk before this returns. */
function create(file: string, bytes: Buffer | string, mode: number): void {
  const descriptor = openSync(file, "wx", mode);
  try {
    const whole = Buffer.from(bytes);
    for (let done = 0; done < whole.length; ) done += writeSync(descriptor, whole, done);
    // `open` takes the umask's bits away.
    fchmodSync(descriptor, mode);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

function bytesOf(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
}

const BACKUP = ".portcullis-backup-";

/** What stands beside a file as its backups. Ours are no links: those lead to what may change, or has no end. */
export function backupsOf(file: string): readonly string[] {
  const target = targetOf(file);
  const name = `${basename(target)}${BACKUP}`;
  return readdirSync(dirname(target), { withFileTypes: true })
    .filter((each) => each.isFile() && each.name.startsWith(name))
    .map((each) => join(dirname(target), each.name));
}

/**
 * Keeps `bytes` beside a file, for its owner's eyes only, under a name that nothing has yet; not where a backup has the
 * same bytes already. Gives the backup's path.
 */
function backUp(target: string, bytes: Buffer, at: Date): string {
  const same = backupsOf(target).find((backup) => bytesOf(backup)?.equals(bytes));
  if (same !== undefined) return same;
  const stamp = at.toISOString().replaceAll(/[-:]|\.\d+/g, "");
  for (let count = 1; ; count++) {
    const path = `${target}${BACKUP}${stamp}${count === 1 ? "" : `-${count}`}`;
    try {
      create(path, bytes, 0o600);
      return path;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  }
}

function whyNot(target: string): NotWritten | undefined {
  if (managed(target, process.platform))
    return { message: "is managed by an administrator", fix: "ask whoever manages this computer" };
  try {
    accessSync(target, constants.W_OK);
    return undefined;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    return { message: "may not be written", fix: `make it writable: chmod u+w ${target}` };
  }
}

export interface Writing {
  readonly file: string;
  /** What the change was made of; undefined where there was no file. */
  readonly was: Buffer | undefined;
  /** What is to be there; undefined takes the file away. */
  readonly bytes: string | undefined;
  /** What its backup is to hold; undefined where there is nothing to keep. */
  readonly backup: Buffer | undefined;
  readonly at: Date;
}

/**
 * Puts new bytes in the place of a client's file: whole or not at all, behind its links, with its mode and owner, after a
 * backup. Not where somebody changed it since it was read. Throws what the file system throws.
 */
export function writeClientFile({
  file,
  was,
  bytes,
  backup,
  at,
}: Writing): NotWritten | { readonly backup: string | undefined } {
  const target = targetOf(file);
  const refused = whyNot(target);
  if (refused !== undefined) return refused;
  const changed = { message: "was changed by another program meanwhile", fix: "run the same command again" };
  const next = join(dirname(target), `.${basename(target)}.portcullis-${randomBytes(4).toString("hex")}`);
  mkdirSync(dirname(target), { recursive: true });
  const about = was === undefined ? undefined : statSync(target, { throwIfNoEntry: false });
  const kept = backup === undefined ? undefined : backUp(target, backup, at);
  try {
    if (bytes !== undefined) create(next, bytes, about === undefined ? 0o600 : about.mode & 0o7777);
    if (about !== undefined && bytes !== undefined && about.uid !== process.getuid?.())
      chownSync(next, about.uid, about.gid);
    const now = bytesOf(target);
    if (was === undefined ? now !== undefined : now?.equals(was) !== true) return changed;
    if (bytes === undefined) rmSync(target);
    else renameSync(next, target);
    return { backup: kept };
  } finally {
    rmSync(next, { force: true });
  }
}
