import { mkdirSync, readFileSync } from "node:fs";
import { open, rename } from "node:fs/promises";
import { dirname } from "node:path";
import { isObject, type Json } from "../../call/json.ts";

/** The last checkpoint that a witness signed of a log. */
interface Seen {
  readonly size: number;
  /** Base64. */
  readonly root: string;
}

/** What a witness remembers, of each log by its origin. */
export interface Memory {
  readonly seen: (origin: string) => Seen | undefined;
  /** Durable when it resolves. */
  readonly remember: (origin: string, seen: Seen) => Promise<void>;
}

function read(path: string): Map<string, Seen> {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return new Map();
    throw error;
  }
  const value = JSON.parse(text) as Json;
  if (!isObject(value)) throw new Error(`${path} is not what a witness remembers`);
  return new Map(
    Object.entries(value).map(([origin, seen]) => {
      if (!isObject(seen) || typeof seen["size"] !== "number" || typeof seen["root"] !== "string")
        throw new Error(`${path} is not what a witness remembers`);
      return [origin, { size: seen["size"], root: seen["root"] }] as const;
    }),
  );
}

/**
 * Memory in a file, for its owner only. A new file takes the old one's place whole. Throws Error where what is there cannot be
 * read: a witness that forgets would sign two histories.
 */
export function fileMemory(path: string): Memory {
  const known = read(path);
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  return {
    seen: (origin) => known.get(origin),
    async remember(origin, seen) {
      const next = new Map(known).set(origin, seen);
      const file = await open(`${path}.new`, "w", 0o600);
      try {
        await file.writeFile(`${JSON.stringify(Object.fromEntries(next), undefined, 1)}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      await rename(`${path}.new`, path);
      const folder = await open(dirname(path));
      try {
        await folder.sync();
      } finally {
        await folder.close();
      }
      known.set(origin, seen);
    },
  };
}
