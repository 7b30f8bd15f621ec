import { createHmac, createSecretKey, type KeyObject, randomBytes } from "node:crypto";
import type { Instant } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import type { MasterRow, SubjectKeys } from "../store/people/subjects.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { KEY_BYTES, type SealingKey, sealingKey } from "./jwe.ts";
import { bound, type Root, unbound } from "./root.ts";

/** A tenant's keys, unwrapped: in memory only. */
export interface TenantKeys {
  /** What wraps new data keys. */
  readonly current: SealingKey & { readonly n: number };
  readonly masters: ReadonlyMap<number, SealingKey>;
  /** What stands in place of a name in the table of subjects. */
  readonly lookup: (principal: string) => string;
}

/** Number of the key that names are looked up by; the first master key is the next. */
const LOOKUP = 0;
const FIRST = 1;

/** Root keys that may follow one another while one of them wraps. */
const TRIES = 5;

/** Wrapped by the root key in use, with its name: another may come into use meanwhile. */
async function wrappedBy(root: Root, plain: Uint8Array): Promise<Pick<MasterRow, "wrapped" | "root">> {
  for (let tries = 0; tries < TRIES; tries += 1) {
    const by = await root.primary();
    const wrapped = await root.wrap(plain);
    if ((await root.primary()) === by) return { wrapped, root: by };
  }
  throw new JournalUnavailable("unreachable", `The keys in ${root.where} are changed again and again.`);
}

const fresh = (tenant: TenantId, n: number): Uint8Array => bound(tenant, n, randomBytes(KEY_BYTES));

/** A new key of a tenant, wrapped. */
export async function newMaster(
  root: Root,
  tenant: TenantId,
  n: number,
  at: Instant,
  plain = fresh(tenant, n),
): Promise<MasterRow> {
  return { tenant, n, at, ...(await wrappedBy(root, plain)), rewrapped_at: null };
}

/** Makes a tenant's first keys, unless another gate was first. */
async function makeMasters(keys: SubjectKeys, root: Root, tenant: TenantId, at: Instant): Promise<void> {
  const plain = [LOOKUP, FIRST].map((n) => fresh(tenant, n));
  const made = await Promise.all(plain.map((each, n) => newMaster(root, tenant, n, at, each)));
  await keys.addMasters(made);
  // A rotation that could not see them yet may have destroyed what wraps them.
  const primary = await root.primary();
  for (const row of await keys.masters(tenant)) {
    const own = plain[row.n];
    if (own !== undefined && row.wrapped === made[row.n]?.wrapped && row.root !== primary)
      await keys.rewrapMaster({ ...row, ...(await wrappedBy(root, own)), rewrapped_at: at });
  }
}

/** The same key, wrapped by the root key in use. */
export async function rewrapped(root: Root, row: MasterRow, at: Instant): Promise<MasterRow> {
  const plain = await root.unwrap(row.wrapped, row.root);
  unbound(plain, row.tenant, row.n);
  return { ...row, ...(await wrappedBy(root, plain)), rewrapped_at: at };
}

function lookupBy(key: KeyObject): TenantKeys["lookup"] {
  return (principal) => createHmac("sha256", key).update(principal).digest("base64url");
}

/**
 * The keys of a tenant, unwrapped; made where there are none and `make` says so, and undefined where not. Rejects as the root and
 * the store do.
 */
export async function openMasters(
  keys: SubjectKeys,
  root: Root,
  tenant: TenantId,
  make: Instant | undefined,
): Promise<TenantKeys | undefined> {
  let rows = await keys.masters(tenant);
  if (!rows.some(({ n }) => n >= FIRST)) {
    if (make === undefined) return undefined;
    await makeMasters(keys, root, tenant, make);
    rows = await keys.masters(tenant); // of several gates that start at once, one was first
  }
  const masters = new Map<number, SealingKey>();
  let lookup: TenantKeys["lookup"] | undefined;
  let current: TenantKeys["current"] | undefined;
  for (const { n, wrapped, root: by } of rows) {
    const bytes = unbound(await root.unwrap(wrapped, by), tenant, n);
    if (n === LOOKUP) lookup = lookupBy(createSecretKey(bytes));
    else {
      const key = sealingKey(bytes, `${n}`);
      masters.set(n, key);
      current = { ...key, n };
    }
  }
  if (lookup === undefined || current === undefined)
    throw new Error(`The keys of tenant ${tenant} are not all there: the store was changed by hand.`);
  return { current, masters, lookup };
}
