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
  const all = <Name extends string>(...names: readonly Name[]) =>
    Object.fromEntries(names.map((name) => [name, refuse])) as Record<Name, typeof refuse>;
  return {
    forTenant: () => ({
      journal: all("append", "settle", "list", "page", "find", "get", "begun"),
      approvals: all("get", "about", "ask", "list", "act"),
      idempotency: all("begin", "finish", "forget"),
      masks: all("put", "get"),
      acts: all("write", "list", "find"),
      sinks: all("hold", "move", "release", "get"),
      secrets: all("put", "get", "list", "remove"),
    }),
    policies: all("keep", "get", "versions", "changes", "change", "count", "tallies"),
    outbox: all("put", "take", "done", "retry", "defer", "hold", "dead", "again", "list", "waiting", "sweep"),
    credentials: all("add", "get", "list", "revoke", "expire", "used", "changes", "spend", "nonce"),
    people: all("add", "get", "list", "all", "change", "remove"),
    signIns: all(
      "begin",
      "session",
      "sessions",
      "seen",
      "end",
      "enrol",
      "factor",
      "unenrol",
      "spendStep",
      "countTry",
      "signingKeys",
      "addSigningKey",
    ),
    tenants: all("list", "add", "move", "changes", "tables", "rows", "purge", "fence"),
    subjects: all(
      "masters",
      "tenants",
      "addMasters",
      "rewrapMaster",
      "dropMaster",
      "byLookup",
      "byIds",
      "add",
      "page",
      "count",
      "rewrap",
      "erase",
      "named",
      "inClear",
      "scrub",
      "erasures",
      "changes",
    ),
    overdue: refuse,
    sought: refuse,
    check: refuse,
    close: () => Promise.resolve(),
  };
}
