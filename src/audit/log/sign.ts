import type { KeyObject } from "node:crypto";
import type { LogTables, Tree } from "../../store/log.ts";
import type { TenantId } from "../../call/principal.ts";
import { type Checkpoint, originOf, parseCheckpoint, signCheckpoint } from "../note/checkpoint.ts";
import { isConsistent } from "../tree/check.ts";
import { growing } from "../tree/grow.ts";
import { EMPTY_ROOT, sameHash } from "../tree/hash.ts";
import { consistencyProof, type Load, rootAt } from "../tree/prove.ts";

/** What proofs read of a tenant's tree. */
export function loadOf(log: LogTables, tenant: TenantId): Load {
  return (level, from, count) => log.hashes(tenant, level, from, count);
}

/** A log that no longer has what was signed of it: it was changed from outside, and nothing more is signed. */
export class Changed extends Error {
  override readonly name = "Changed";
}

/**
 * The root that may be signed next: what the frontier gives, what the leaves give, and a tree that begins with what was signed
 * before, all one. Whoever signs two logs that contradict each other vouches for a forgery. Throws Changed.
 */
async function rootToSign(
  tenant: TenantId,
  tree: Tree,
  before: Pick<Checkpoint, "size" | "root">,
  load: Load,
): Promise<Uint8Array> {
  const had = await rootAt(before.size, load).catch(() => undefined);
  if (had === undefined || !sameHash(had, before.root))
    throw new Changed(
      `the log of tenant ${tenant} no longer has the ${before.size} records that were signed: portcullis audit verify`,
    );
  const proof = await consistencyProof(before.size, tree.size, load).catch(() => undefined);
  const [root, leaves] = [rootOf(tree), await rootAt(tree.size, load).catch(() => undefined)];
  if (
    root === undefined ||
    leaves === undefined ||
    proof === undefined ||
    !sameHash(root, leaves) ||
    !isConsistent(before.size, before.root, tree.size, root, proof)
  )
    throw new Changed(
      `the log of tenant ${tenant} does not go on from what was signed: what the next record is added to was changed: portcullis audit verify`,
    );
  return root;
}

/** Undefined where its frontier is none of that size. */
function rootOf(tree: Tree): Uint8Array | undefined {
  try {
    return growing(tree).root();
  } catch {
    return undefined;
  }
}

const NOTHING_SIGNED = Object.freeze({ size: 0, root: EMPTY_ROOT });

async function signOne(
  log: LogTables,
  key: KeyObject,
  { tenant, ...tree }: Tree & { readonly tenant: TenantId },
  at: number,
): Promise<boolean> {
  const origin = originOf(await log.store(), tenant);
  const last = await log.checkpoint(tenant);
  const before = last === undefined ? NOTHING_SIGNED : parseCheckpoint(last.note)?.checkpoint;
  if (before === undefined)
    throw new Changed(`the last checkpoint of tenant ${tenant} cannot be read: portcullis audit verify`);
  const root = await rootToSign(tenant, tree, before, loadOf(log, tenant));
  const checkpoint = { origin, size: tree.size, root };
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
