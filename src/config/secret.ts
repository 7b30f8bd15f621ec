import { randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Config } from "./config.ts";

/** Bytes that nobody guesses. */
const LEAST_BYTES = 32;
const FILE = "portcullis.secret";

/**
 * What the gates of one store, and nobody else, know: what they sign links with. The one of the configuration; for a SQLite
 * store else one that is made once, beside the file, for its owner only. Undefined where PostgreSQL is shared and nobody
 * wrote one. Throws the system's error where the file can neither be read nor made.
 */
export function gateSecret({ secret, store }: Pick<Config, "secret" | "store">): Uint8Array | undefined {
  if (secret !== undefined) return Buffer.from(secret);
  if (store.kind !== "sqlite") return undefined;
  const path = join(dirname(store.path), FILE);
  return read(path) ?? make(path);
}

function read(path: string): Uint8Array | undefined {
  try {
    const bytes = Buffer.from(readFileSync(path, "utf8").trim(), "base64url");
    if (bytes.length >= LEAST_BYTES) return bytes;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  throw new Error(`${path} holds no secret of ${LEAST_BYTES} bytes: remove it, and a new one is made`);
}

/** Several processes may start at once: all take the one that was there first. */
function make(path: string): Uint8Array {
  const own = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(own, `${randomBytes(LEAST_BYTES).toString("base64url")}\n`, { mode: 0o600, flag: "wx" });
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
  } finally {
    rmSync(own, { force: true });
  }
  const made = read(path);
  if (made === undefined) throw new Error(`${path} was removed while it was made`);
  return made;
}
