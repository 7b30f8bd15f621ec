import type { Config } from "../config/config.ts";
import type { Log } from "../telemetry/log.ts";
import type { Store } from "./store.ts";
import { JournalUnavailable, StoreUnusable } from "./unavailable.ts";

/** The store of a gate. In `observe`, where nothing is ever refused, one that cannot be opened has a stand-in. */
export async function storeOrAbsent<T extends Pick<Config, "mode">>(
  config: T,
  open: (config: T) => Promise<Store>,
  log: Pick<Log, "warn">,
): Promise<Store> {
  try {
    return await open(config);
  } catch (error) {
    if (config.mode === "enforce" || !(error instanceof StoreUnusable)) throw error;
    log.warn({ reason: error.message }, "nothing is recorded; calls pass, because the gate only observes");
    return absentStore(error);
  }
}

/** Stands for a store that cannot be opened, where a gate that only observes goes on without: it takes and gives nothing. */
export function absentStore(why: StoreUnusable): Store {
  const refuse = (): Promise<never> =>
    Promise.reject(new JournalUnavailable("unreachable", why.message, why));
  return {
    forTenant: () => ({
      journal: {
        append: refuse,
        settle: refuse,
        list: refuse,
        page: refuse,
        find: refuse,
        get: refuse,
        begun: refuse,
      },
      approvals: { get: refuse, about: refuse, ask: refuse, list: refuse, act: refuse },
      idempotency: { begin: refuse, finish: refuse, forget: refuse },
      masks: { put: refuse, get: refuse },
      acts: { write: refuse, list: refuse, find: refuse },
      sinks: { hold: refuse, move: refuse, release: refuse, get: refuse },
      secrets: { put: refuse, get: refuse, list: refuse, remove: refuse },
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
      expire: refuse,
      used: refuse,
      changes: refuse,
      spend: refuse,
      nonce: refuse,
    },
    people: { add: refuse, get: refuse, list: refuse, all: refuse, change: refuse, remove: refuse },
    signIns: {
      begin: refuse,
      session: refuse,
      sessions: refuse,
      seen: refuse,
      end: refuse,
      enrol: refuse,
      factor: refuse,
      unenrol: refuse,
      spendStep: refuse,
      countTry: refuse,
      signingKeys: refuse,
      addSigningKey: refuse,
    },
    tenants: {
      list: refuse,
      add: refuse,
      move: refuse,
      changes: refuse,
      tables: refuse,
      rows: refuse,
      purge: refuse,
      fence: refuse,
    },
    subjects: {
      masters: refuse,
      tenants: refuse,
      addMasters: refuse,
      rewrapMaster: refuse,
      dropMaster: refuse,
      byLookup: refuse,
      byIds: refuse,
      add: refuse,
      page: refuse,
      count: refuse,
      rewrap: refuse,
      erase: refuse,
      named: refuse,
      inClear: refuse,
      scrub: refuse,
      erasures: refuse,
      changes: refuse,
    },
    overdue: refuse,
    sought: refuse,
    check: refuse,
    close: () => Promise.resolve(),
  };
}
