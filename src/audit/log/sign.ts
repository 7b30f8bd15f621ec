import type { KeyObject } from "node:crypto";
import type { LogTables, Tree } from "../../store/log.ts";
import type { TenantId } from "../../call/principal.ts";
import { originOf, parseCheckpoint, signCheckpoint } from "../note/checkpoint.ts";
import { growing } from "../tree/grow.ts";
import { sameHash } from "../tree/hash.ts";
import { type Load, rootAt } from "../tree/prove.ts";

/** What proofs read of a tenant's tree. */
export function loadOf(log: LogTables, tenant: TenantId): Load {
  return (level, from, count) => log.hashes(tenant, level, from, count);
}

/** A log that no longer has what was signed of it: it was changed from outside, and nothing more is signed. */
export class Changed extends Error {
  override readonly name = "Changed";
}

async function signOne(
  log: LogTables,
  key: KeyObject,
  { tenant, ...tree }: Tree & { readonly tenant: TenantId },
  at: number,
): Promise<boolean> {
  const origin = originOf(await log.store(), tenant);
  const last = await log.checkpoint(tenant);
  const before = last === undefined ? undefined : parseCheckpoint(last.note)?.checkpoint;
  if (last !== undefined) {
    // Whoever signs two logs that contradict each other vouches for a forgery.
    const root =
      before === undefined
        ? undefined
        : await rootAt(before.size, loadOf(log, tenant)).catch(() => undefined);
    if (before === undefined || root === undefined || !sameHash(root, before.root))
      throw new Changed(
        `the log of tenant ${tenant} no longer has the ${last.size} records that were signed: portcullis audit verify`,
      );
  }
  const checkpoint = { origin, size: tree.size, root: growing(tree).root() };
  return await log.sign({ tenant, size: tree.size, at, note: signCheckpoint(checkpoint, key, at) });
}

/** Signs a checkpoint of each tree that has grown since its last. Gives whose; what could not be signed is in `trouble`. */
export async function signGrown(
  log: LogTables,
  key: KeyObject,
  at: number,
  only?: TenantId,
): Promise<{ readonly signed: readonly TenantId[]; readonly trouble: string | undefined }> {
  const signed: TenantId[] = [];
  let trouble: string | undefined;
  for (const tree of await log.grown()) {
    if (only !== undefined && tree.tenant !== only) continue;
    try {
      if (await signOne(log, key, tree, at)) signed.push(tree.tenant);
    } catch (error) {
      if (!(error instanceof Changed)) throw error;
      trouble = error.message;
    }
  }
  return { signed, trouble };
}
