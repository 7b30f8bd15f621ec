import type { Store } from "./store.ts";
import { JournalUnavailable, type StoreUnusable } from "./unavailable.ts";

/** Stands for a store that cannot be opened, where a gate that only observes goes on without: it takes and gives nothing. */
export function absentStore(why: StoreUnusable): Store {
  const refuse = (): Promise<never> =>
    Promise.reject(new JournalUnavailable("unreachable", why.message, why));
  return {
    forTenant: () => ({
      journal: { append: refuse, settle: refuse, list: refuse, page: refuse, get: refuse, begun: refuse },
      approvals: { get: refuse, about: refuse, ask: refuse, list: refuse, act: refuse },
      idempotency: { begin: refuse, finish: refuse, forget: refuse },
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
    outbox: {
      put: refuse,
      take: refuse,
      done: refuse,
      retry: refuse,
      defer: refuse,
      hold: refuse,
      dead: refuse,
      again: refuse,
      list: refuse,
      waiting: refuse,
      sweep: refuse,
    },
    credentials: {
      add: refuse,
      get: refuse,
      list: refuse,
      revoke: refuse,
      used: refuse,
      changes: refuse,
      spend: refuse,
      nonce: refuse,
    },
    overdue: refuse,
    sought: refuse,
    check: refuse,
    close: () => Promise.resolve(),
  };
}
