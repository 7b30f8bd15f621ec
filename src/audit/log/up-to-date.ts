import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { KeyObject } from "node:crypto";
import type { LogTables } from "../../store/log.ts";
import { sequence } from "./sequence.ts";
import { Changed, signGrown } from "./sign.ts";

const LEAST_MS = 50;

/**
 * Has every row get its leaf, by this process or by a gate that runs, and signs what is new where there is a key. Gives false
 * where it was not done within that time. Rejects with Changed where what was signed is no longer there.
 */
export async function bringUpToDate(
  log: LogTables,
  key: KeyObject | undefined,
  holder: string,
  within_ms: number,
): Promise<boolean> {
  const deadline = performance.now() + within_ms;
  for (;;) {
    await sequence(log, holder, turn);
    const { rows, more } = await log.waiting();
    if (rows.length === 0 && !more) break;
    if (performance.now() > deadline) return false;
    await sleep(LEAST_MS);
  }
  if (key === undefined) return true;
  const { trouble } = await signGrown(log, key, Date.now());
  if (trouble !== undefined) throw new Changed(trouble);
  return true;
}
