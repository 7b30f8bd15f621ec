import type { KeyObject } from "node:crypto";
import { dirname, join } from "node:path";
import type { Config } from "../../config/config.ts";
import { keyFile, keyIn, readKey } from "./key.ts";
import { rawOf } from "../note/note.ts";

const FILE = "portcullis-log.key";

/** The key that checkpoints of a store are signed with. */
export interface OwnKey {
  readonly key: KeyObject;
  /** It was made only now. */
  readonly made: boolean;
  /** The public key, base64 of its 32 bytes. */
  readonly public: string;
}

/** The key that is there already: none is made. Throws Error as `logKey`. */
export function logKeyThere({ log, store }: Pick<Config, "log" | "store">): KeyObject | undefined {
  if (log.key !== undefined) return readKey(log.key, "log.key");
  return store.kind === "sqlite" ? keyIn(join(dirname(store.path), FILE)) : undefined;
}

/**
 * The key of the configuration; for a SQLite store else one that is made once, beside the file, for its owner only.
 * Undefined where PostgreSQL is shared and nobody wrote one. Throws Error where it is no key, or cannot be read or made.
 */
export function logKey({ log, store }: Pick<Config, "log" | "store">): OwnKey | undefined {
  const found =
    log.key !== undefined
      ? { key: readKey(log.key, "log.key"), made: false }
      : store.kind === "sqlite"
        ? keyFile(join(dirname(store.path), FILE))
        : undefined;
  return found === undefined
    ? undefined
    : { ...found, public: Buffer.from(rawOf(found.key)).toString("base64") };
}
