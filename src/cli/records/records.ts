import { existsSync } from "node:fs";
import type { TenantId } from "../../call/principal.ts";
import { findConfig, loadRecords } from "../../config/load.ts";
import { shown } from "../../config/paths.ts";
import { openRecords } from "../../privacy/open.ts";
import type { Store, TenantJournal } from "../../store/store.ts";
import { Failure } from "../failure.ts";

/** Whose records a command line names. */
export function tenantOf(options: Readonly<Record<string, unknown>>): TenantId {
  return (options["tenant"] as string | undefined) ?? "default";
}

/** Reads a tenant's journal: of the named configuration, else of ./portcullis.yaml, else of this user's `wrap`. */
export async function withJournal<T>(
  options: Readonly<Record<string, unknown>>,
  work: (journal: TenantJournal, store: Store) => Promise<T>,
): Promise<T> {
  const file = findConfig(options["config"] as string | undefined);
  const config = loadRecords({ file });
  const address = config.store;
  // Whoever only reads must not be the one who makes the file.
  if (address.kind === "sqlite" && !existsSync(address.path)) {
    const fix =
      file === undefined
        ? "portcullis wrap -- CMD, or name a configuration with --config"
        : "portcullis start";
    throw new Failure(3, `no records yet: ${shown(address.path)} does not exist`, fix);
  }
  const store = await openRecords(config);
  try {
    return await work(store.forTenant(tenantOf(options)).journal, store);
  } finally {
    await store.close();
  }
}
