import type { TenantId } from "../call/principal.ts";
import type { TenantsConfig } from "../config/tenants.ts";
import type { Tenants } from "../store/tenants.ts";
import type { Log } from "../telemetry/log.ts";
import { type Directory, directoryOf } from "./directory.ts";

/** Who there is, as one gate knows it. */
export interface Tenancy {
  /** Whether somebody of that tenant is let in now: a look-up. */
  readonly admits: (tenant: TenantId) => boolean;
  /** Whether it is set up, and open. */
  has(tenant: TenantId): boolean;
  readonly directory: () => Directory;
  /** Looks at the store now; resolves when what it says is in force here. */
  refresh(): Promise<void>;
  /** Tells of tenants among `open` that nobody of is let in any more, within a second of that. */
  follow(open: () => Iterable<TenantId>, end: (tenant: TenantId) => void): void;
  close(): Promise<void>;
}

const LOOK_MS = 400;

interface Parts {
  readonly config: TenantsConfig;
  readonly tenants: Pick<Tenants, "list" | "changes">;
  readonly log: Pick<Log, "info" | "warn">;
}

/**
 * Follows the tenants of a store. Rejects where they cannot be read at the start; later what was known stays, because a gate
 * whose store is away lets nothing through that is not written down.
 */
export async function openTenancy({ config, tenants, log }: Parts): Promise<Tenancy> {
  let changes = await tenants.changes();
  let known = directoryOf(config, await tenants.list());
  let trouble = false;
  let looking: Promise<void> | undefined;
  const followers: { readonly open: () => Iterable<TenantId>; readonly end: (tenant: TenantId) => void }[] =
    [];
  const admits = (tenant: TenantId): boolean => known.get(tenant)?.open ?? !config.enabled;

  async function look(): Promise<void> {
    const latest = await tenants.changes();
    if (latest === changes) return;
    known = directoryOf(config, await tenants.list());
    changes = latest;
    for (const { open, end } of followers)
      for (const tenant of new Set(open())) if (!admits(tenant)) end(tenant);
  }
  /** One look at a time; whoever asks during one gets a look that began after that. */
  function lookNow(): Promise<void> {
    const next = (looking ?? Promise.resolve()).catch(() => undefined).then(look);
    looking = next;
    return next;
  }
  async function told(): Promise<void> {
    try {
      await lookNow();
      if (trouble) log.info("tenants: the store can be asked again");
      trouble = false;
    } catch (error) {
      // Said once, and not twice a second.
      if (!trouble) log.warn({ err: error }, "tenants: the store cannot be asked who is suspended");
      trouble = true;
    }
  }
  const timer = setInterval(() => {
    void told();
  }, LOOK_MS).unref();

  return {
    admits,
    has: (tenant) => known.get(tenant)?.open ?? false,
    directory: () => known,
    refresh: lookNow,
    follow: (open, end) => void followers.push({ open, end }),
    async close() {
      clearInterval(timer);
      await looking?.catch(() => undefined);
    },
  };
}
