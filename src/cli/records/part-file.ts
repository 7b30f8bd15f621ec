import { open, readdir, rename, rm } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { Failure } from "../failure.ts";

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** Takes away what processes left that ended in the middle of it. */
async function sweep(folder: string, name: string): Promise<void> {
  const part = /^\.(.+)\.(\d+)\.part$/;
  for (const each of await readdir(folder)) {
    const [, of, pid] = part.exec(each) ?? [];
    if (of === name && !isAlive(Number(pid))) await rm(join(folder, each), { force: true });
  }
}

/**
 * Writes a file that is there whole or not at all: beside it first, for its owner only (0600), on disk, and then in its place.
 * Whoever runs it again after it was cut short begins anew. Throws Failure where it cannot be written.
 */
export async function partFile(path: string, bytes: AsyncIterable<string | Uint8Array>): Promise<void> {
  const [folder, name] = [dirname(resolve(path)), basename(path)];
  const part = join(folder, `.${name}.${process.pid}.part`);
  try {
    await sweep(folder, name);
    const file = await open(part, "w", 0o600);
    try {
      for await (const chunk of bytes) await file.appendFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(part, resolve(path));
  } catch (error) {
    await rm(part, { force: true }).catch(() => {}); // it could not be made either
    const { code } = error as NodeJS.ErrnoException;
    if (typeof code !== "string" || !/^E[A-Z]+$/.test(code)) throw error;
    throw new Failure(
      3,
      `${path} cannot be written (${code})`,
      "--output names a file in a folder that this user may write",
    );
  }
}
