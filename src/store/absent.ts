import type { Store } from "./store.ts";
import { JournalUnavailable, type StoreUnusable } from "./unavailable.ts";

/** Stands for a store that cannot be opened, where a gate that only observes goes on without: it takes and gives nothing. */
export function absentStore(why: StoreUnusable): Store {
  const refuse = (): Promise<never> =>
    Promise.reject(new JournalUnavailable("unreachable", why.message, why));
  return {
    forTenant: () => ({
      journal: { append: refuse, settle: refuse, list: refuse, page: refuse, get: refuse, begun: refuse },
    }),
    policies: {
      keep: refuse,
      get: refuse,
      versions: refuse,
      changes: refuse,
      change: refuse,
      count: refuse,
      tallies: refuse,
    },
    check: refuse,
    close: () => Promise.resolve(),
  };
}
