import { type FileHandle, mkdir, open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import type { FileSink } from "../../config/sinks.ts";
import { lineForm } from "../form/form.ts";
import { later, type Outcome, TAKEN } from "./outcome.ts";
import type { Out, OutPorts } from "./out.ts";

const LINE_END = 10;

/** A line that was cut short, because its writer died in the middle of it, is ended: its entry comes again whole. */
async function mend(file: FileHandle, size: number): Promise<void> {
  if (size === 0) return;
  const last = Buffer.alloc(1);
  await file.read(last, 0, 1, size - 1);
  if (last[0] !== LINE_END) await file.appendFile("\n");
}

/** Older files by their names, the oldest first. */
async function older(path: string): Promise<readonly string[]> {
  const name = `${basename(path)}.`;
  const found = (await readdir(dirname(path))).filter(
    (each) => each.startsWith(name) && /^\d{8}T\d{9}Z$/.test(each.slice(name.length)),
  );
  return found.toSorted().map((each) => join(dirname(path), each));
}

/**
 * A file to whose end lines are added; on disk before they count as taken. Beyond its size it gets a name with the time, and
 * a new one is begun. Whoever takes it away gets a new one.
 */
export function fileOut({ path, form, max_bytes, keep }: FileSink, { source }: OutPorts): Out {
  const line = lineForm(form, source);

  async function rotate(): Promise<void> {
    const time = new Date().toISOString().replaceAll(/[-:.]/g, "");
    await rename(path, `${path}.${time}`);
    const files = await older(path);
    for (const each of files.slice(0, Math.max(0, files.length - keep))) await rm(each, { force: true });
  }

  async function append(text: string): Promise<void> {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    const file = await open(path, "a+", 0o600);
    let size: number;
    try {
      ({ size } = await file.stat());
      await mend(file, size);
      await file.appendFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    if (size + Buffer.byteLength(text) >= max_bytes) await rotate();
  }

  return {
    async deliver(entries): Promise<Outcome> {
      const text = entries
        .map(line)
        .filter((each) => each !== undefined)
        .map((each) => `${each}\n`)
        .join("");
      if (text === "") return TAKEN;
      try {
        await append(text);
        return TAKEN;
      } catch (error) {
        const { code } = error as NodeJS.ErrnoException;
        if (code === undefined) throw error;
        return later(`${path} cannot be written (${code})`);
      }
    },
    close: () => Promise.resolve(),
  };
}
