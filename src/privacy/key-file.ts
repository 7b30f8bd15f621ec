import { randomBytes } from "node:crypto";
import {
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { dirname } from "node:path";
import { isObject } from "../call/json.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { KEY_BYTES } from "./jwe.ts";
import { type HeldKey, localRoot, nameOf } from "./keyring.ts";
import type { Root } from "./root.ts";

/** Keys that a file holds at most: the one in use, and those of a rotation that is under way. */
const MOST_KEYS = 64;

function unusable(path: string, why: string, remedy: string): JournalUnavailable {
  return new JournalUnavailable("unreachable", `${path} ${why}. ${remedy}`);
}

function entry(path: string, value: unknown): HeldKey {
  const key = isObject(value) ? value["key"] : undefined;
  const made = isObject(value) ? value["made"] : undefined;
  const bytes = typeof key === "string" ? Buffer.from(key, "base64url") : Buffer.alloc(0);
  if (bytes.length !== KEY_BYTES)
    throw unusable(path, "holds something that is no key of 32 bytes", "Restore it from a backup.");
  return { bytes, at: typeof made === "string" ? Date.parse(made) : undefined };
}

/** The keys of a file, the one in use first; undefined where there is none. */
function read(path: string): readonly HeldKey[] | undefined {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    const { code = "", message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return undefined;
    throw unusable(path, `cannot be read (${code || message})`, "Let this user read it.");
  }
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0)
    throw unusable(path, "can be read by others than its owner", `chmod 600 ${path}`);
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw unusable(path, "is no key file", "Restore it from a backup.");
  }
  const keys = isObject(value) ? value["keys"] : undefined;
  if (!Array.isArray(keys) || keys.length === 0 || keys.length > MOST_KEYS)
    throw unusable(path, "is no key file", "Restore it from a backup.");
  return keys.map((each: unknown) => entry(path, each));
}

/** On disk, whole, before it is in its place; then so is the name. */
function write(path: string, keys: readonly HeldKey[], place: (own: string) => void): void {
  const own = `${path}.${randomBytes(6).toString("hex")}`;
  const entries = keys.map(({ bytes, at }) => ({
    key: Buffer.from(bytes).toString("base64url"),
    ...(at !== undefined && { made: new Date(at).toISOString() }),
  }));
  const file = openSync(own, "wx", 0o600);
  try {
    writeSync(
      file,
      `${JSON.stringify({ about: "Portcullis master keys. Who has this file and the records can read them; without it nobody can. Keep a copy apart from the records.", keys: entries }, null, 2)}\n`,
    );
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  try {
    place(own);
  } finally {
    rmSync(own, { force: true });
  }
  if (process.platform === "win32") return; // folders cannot be synchronised there
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}

function made(now: number): HeldKey {
  return { bytes: randomBytes(KEY_BYTES), at: now };
}

/** Several processes may start at once: all take the file that was there first. */
function make(path: string): readonly HeldKey[] {
  write(path, [made(Date.now())], (own) => {
    try {
      linkSync(own, path);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
  });
  const keys = read(path);
  if (keys === undefined) throw unusable(path, "was removed while it was made", "Try again.");
  return keys;
}

/** Whether whoever holds the lock is gone: who writes its number and is killed leaves it behind. */
function isAbandoned(lock: string): boolean {
  try {
    const pid = Number(readFileSync(lock, "utf8"));
    if (!Number.isInteger(pid) || pid <= 0) return false;
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ESRCH";
  }
}

/** One process changes the file at a time. Throws where another one does. */
function alone<T>(path: string, work: () => T): T {
  const lock = `${path}.lock`;
  if (isAbandoned(lock)) rmSync(lock, { force: true });
  try {
    writeFileSync(lock, String(process.pid), { mode: 0o600, flag: "wx" });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    throw unusable(path, "is being changed by another process", `Try again; if none runs, remove ${lock}.`);
  }
  try {
    return work();
  } finally {
    rmSync(lock, { force: true });
  }
}

/**
 * Keys in a file of their owner's (mode 0600). It is made where there is none and something is to be sealed, never where something
 * is to be opened. What it throws is a JournalUnavailable that says how to mend.
 */
export function fileRoot(path: string, mayMake = true): Root {
  const local = localRoot(path, () => read(path) ?? (mayMake ? make(path) : []));
  const reading = localRoot(path, () => read(path) ?? []);
  return {
    ...local,
    unwrap: reading.unwrap,
    keys: reading.keys,
    renew: async () =>
      alone(path, () => {
        const fresh = made(Date.now());
        write(path, [fresh, ...(read(path) ?? [])], (own) => renameSync(own, path));
        return nameOf(fresh.bytes);
      }),
    retire: async (ids) =>
      alone(path, () => {
        const [first, ...others] = read(path) ?? [];
        if (first === undefined) return;
        const kept = others.filter(({ bytes }) => !ids.includes(nameOf(bytes)));
        if (kept.length < others.length) write(path, [first, ...kept], (own) => renameSync(own, path));
      }),
  };
}
