import type { Vote } from "../vote.ts";

/** Decisions that were given lately. */
export interface Memory {
  readonly get: (key: string) => Vote | undefined;
  readonly keep: (key: string, vote: Vote) => void;
}

const MOST = 10_000;

/** Keeps a decision for `cache_s` seconds, the latest 10,000 of them; 0 keeps none. What was no decision is never kept. */
export function memory(cache_s: number, ticks: () => number): Memory {
  const kept = new Map<string, { readonly vote: Vote; readonly until: number }>();
  return {
    get(key) {
      const found = kept.get(key);
      if (found === undefined || found.until > ticks()) return found?.vote;
      kept.delete(key);
      return undefined;
    },
    keep(key, vote) {
      if (cache_s === 0 || (vote.kind !== "allow" && vote.kind !== "deny")) return;
      kept.delete(key);
      const [oldest] = kept.keys();
      if (kept.size >= MOST && oldest !== undefined) kept.delete(oldest);
      kept.set(key, { vote, until: ticks() + cache_s * 1000 });
    },
  };
}
