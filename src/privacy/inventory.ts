import { statSync } from "node:fs";
import { dirname, join } from "node:path";
import type { StoreAddress } from "../config/config.ts";
import type { Instant } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import type { Store } from "../store/store.ts";
import type { Root } from "./root.ts";

/** A key that the gate holds or uses, and nothing of the key itself. */
export interface KeyEntry {
  /**
   * `root` wraps the keys of tenants, `master` data keys, `lookup` finds names, `data` seals records, `api` lets somebody in, `token` signs
   * the gate's own tokens, `log` checkpoints, `links` links and what is parked.
   */
  readonly kind: "root" | "master" | "lookup" | "data" | "api" | "token" | "log" | "links";
  readonly id: string;
  /** undefined: of no tenant, or of all. */
  readonly tenant: TenantId | undefined;
  readonly made_at: Instant | undefined;
  /** When it was last wrapped anew; for a root key the same as `made_at`. */
  readonly rotated_at: Instant | undefined;
  readonly where: string;
  /** What of it there is: `primary`, `old`, or how a key stands. */
  readonly state: string;
  /** Data keys that it wraps, or that there are. */
  readonly subjects: number | undefined;
}

async function ofTenant({ subjects }: Store, tenant: TenantId): Promise<readonly KeyEntry[]> {
  const rows = await subjects.masters(tenant);
  const counts = await subjects.count(tenant);
  const newest = Math.max(...rows.map(({ n }) => n));
  const masters = rows.map(
    ({ n, at, rewrapped_at, root }): KeyEntry => ({
      kind: n === 0 ? "lookup" : "master",
      id: `${tenant}/${n}`,
      tenant,
      made_at: at,
      rotated_at: rewrapped_at ?? at,
      where: `the store, wrapped by ${root}`,
      state: n === 0 || n === newest ? "primary" : "old",
      subjects: n === 0 ? undefined : (counts.get(n) ?? 0),
    }),
  );
  const data: KeyEntry = {
    kind: "data",
    id: `${tenant}/*`,
    tenant,
    made_at: undefined,
    rotated_at: undefined,
    where: "the store, each wrapped by a master key",
    state: "one for each person",
    subjects: [...counts.values()].reduce((sum, each) => sum + each, 0),
  };
  return [...masters, data];
}

/** What else lies beside a file of records. */
const BESIDE = [
  ["log", "portcullis-log.key"],
  ["links", "portcullis.secret"],
] as const;

function beside(address: StoreAddress): readonly KeyEntry[] {
  if (address.kind !== "sqlite") return [];
  return BESIDE.flatMap(([kind, name]): readonly KeyEntry[] => {
    const where = join(dirname(address.path), name);
    const made_at = statSync(where, { throwIfNoEntry: false })?.mtimeMs;
    if (made_at === undefined) return [];
    const at = Math.round(made_at);
    const none = { tenant: undefined, subjects: undefined };
    return [{ kind, id: name, ...none, made_at: at, rotated_at: at, where, state: "primary" }];
  });
}

/** Every key, the ones that wrap others first. Rejects where the root cannot be asked. */
export async function inventory(
  store: Store,
  root: Root | undefined,
  address: StoreAddress,
  now: Instant,
): Promise<readonly KeyEntry[]> {
  const roots = (await root?.keys()) ?? [];
  const entries: KeyEntry[] = roots.map(({ id, at, primary }) => ({
    kind: "root",
    id,
    tenant: undefined,
    made_at: at,
    rotated_at: at,
    where: root?.where ?? "",
    state: primary ? "primary" : "old",
    subjects: undefined,
  }));
  for (const tenant of await store.subjects.tenants()) entries.push(...(await ofTenant(store, tenant)));
  for (const { id, tenant, made_at, expires_at, revoked_at } of await store.credentials.list(undefined))
    entries.push({
      kind: "api",
      id,
      tenant,
      made_at,
      rotated_at: made_at,
      where: "the store, as a digest",
      state: revoked_at !== null ? "revoked" : expires_at > now ? "active" : "expired",
      subjects: undefined,
    });
  for (const [index, { id, made_at }] of (await store.signIns.signingKeys()).entries())
    entries.push({
      kind: "token",
      id,
      tenant: undefined,
      made_at,
      rotated_at: made_at,
      where: "the store, sealed",
      state: index === 0 ? "primary" : "old",
      subjects: undefined,
    });
  return [...entries, ...beside(address)];
}
