import { open } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { spread, type Spread } from "./numbers.ts";

const WRITES = 200;
/** What a call's record makes SQLite write: some pages. */
const PAGES = Buffer.alloc(4 * 4096, 1);

/**
 * How long this disk takes to keep what was written, at 200 writes a second over blocks that are there already: what
 * no durable record can be quicker than.
 */
export async function disk(folder: string): Promise<Spread> {
  const file = await open(join(folder, "disk"), "w");
  const waits_us: number[] = [];
  try {
    for (let at = 0; at < WRITES; at++) await file.write(PAGES, 0, PAGES.length, at * PAGES.length);
    await file.sync();
    for (let at = 0; at < WRITES; at++) {
      await file.write(PAGES, 0, PAGES.length, at * PAGES.length);
      const from = performance.now();
      await file.datasync();
      waits_us.push((performance.now() - from) * 1000);
      await sleep(5);
    }
  } finally {
    await file.close();
  }
  return spread(waits_us);
}
