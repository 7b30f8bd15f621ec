import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

function alive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

function take(path: string): boolean {
  try {
    writeFileSync(path, String(process.pid), { flag: "wx", mode: 0o600 });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    return false;
  }
}

/** How long a lock may stand without a name in it: whoever takes one writes it at once. */
const NAMELESS_MS = 10_000;

/** Whether whoever holds a lock is at work still. */
function held(path: string): boolean {
  try {
    const holder = Number(readFileSync(path, "utf8"));
    if (Number.isSafeInteger(holder) && holder > 0) return alive(holder);
    return Date.now() - statSync(path).mtimeMs < NAMELESS_MS;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return false;
    throw error;
  }
}

/** Lets one process at a time change clients' files; undefined where another does. Of one that died nothing stays locked. */
export async function locked<T>(folder: string, work: () => Promise<T>): Promise<T | undefined> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const path = join(folder, "lock");
  if (!take(path)) {
    if (held(path)) return undefined;
    rmSync(path, { force: true });
    if (!take(path)) return undefined;
  }
  try {
    return await work();
  } finally {
    rmSync(path, { force: true });
  }
}
