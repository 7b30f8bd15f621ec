import { mkdir, open } from "node:fs/promises";
import { dirname } from "node:path";
import type { Anchor } from "./anchor.ts";

/** Appends each checkpoint to a file, one JSON object a line: `{at, size, note}`. It is never read here, nor rewritten. */
export function fileAnchor(name: string, path: string): Anchor {
  return {
    name,
    async show({ signed: { size, at, note } }) {
      await mkdir(dirname(path), { recursive: true, mode: 0o700 });
      const file = await open(path, "a", 0o600);
      try {
        await file.appendFile(`${JSON.stringify({ at, size, note })}\n`);
        await file.sync();
      } finally {
        await file.close();
      }
      return [];
    },
  };
}
