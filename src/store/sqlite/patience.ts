import { setTimeout as sleep } from "node:timers/promises";

/** What the event loop may wait for another process's transaction at a time; the rest of the wait keeps it free. */
export const BLOCKING_MS = 50;
const PATIENCE_MS = 5_000;

/** Waits for a lock that another process has, without holding up the event loop. */
export async function patiently<T>(work: () => T): Promise<T> {
  for (const deadline = performance.now() + PATIENCE_MS; ; await sleep(20)) {
    try {
      return work();
    } catch (error) {
      if ((error as { errcode?: number }).errcode !== 5 || performance.now() > deadline) throw error;
    }
  }
}
