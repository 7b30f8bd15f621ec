import type { TenantId } from "../../call/principal.ts";
import type { Coming, Growth, Leaf, LogTables, Node, Tree } from "../../store/log.ts";
import { growing } from "../tree/grow.ts";
import { leafOf } from "../tree/hash.ts";
import { rowHash } from "./record.ts";

/** How long others leave the log to who keeps it. */
const LEASE_MS = 3000;

function hashOf(row: Coming): Uint8Array {
  if ("hash" in row) return row.hash;
  return "text" in row ? leafOf(row.text) : rowHash(row.kind, row.cells);
}

/** A tenant's tree with these rows behind what it has. */
export function growthOf(tenant: TenantId, before: Tree, rows: readonly Coming[]): Growth {
  const tree = growing(before);
  const nodes: Node[] = [];
  const leaves = rows.map((row): Leaf => {
    const { kind, id } = row;
    const hash = hashOf(row);
    const index = tree.size();
    nodes.push(...tree.add(hash));
    return { index, kind, id, hash };
  });
  return { tenant, before: before.size, tree: tree.tree(), leaves, nodes };
}

/**
 * Gives the next rows without a leaf theirs, in the order in which they came to be on record: few at a time, so that nobody
 * waits for it long. Gives how many; `raced` where another process was first, and nothing was written. Rejects as the store.
 */
export async function sequenceStep(
  log: LogTables,
  holder: string,
): Promise<{ readonly leaves: number; readonly more: boolean } | "raced"> {
  const waiting = await log.waiting();
  if (waiting.position === waiting.cursor && waiting.due.length === 0) return { leaves: 0, more: false };
  if (!(await log.lease(holder, LEASE_MS))) return "raced";
  const growths: Growth[] = [];
  for (const [tenant, rows] of Map.groupBy(waiting.rows, (row) => row.tenant))
    growths.push(growthOf(tenant, await log.tree(tenant), rows));
  if (!(await log.integrate(waiting, growths))) return "raced";
  return { leaves: waiting.rows.length, more: waiting.more };
}

/** Gives every row on record its leaf. `pause` comes between steps. Gives how many leaves it made. */
export async function sequence(
  log: LogTables,
  holder: string,
  pause: () => Promise<unknown>,
): Promise<number> {
  let made = 0;
  for (;;) {
    const step = await sequenceStep(log, holder);
    if (step === "raced") return made; // whoever was first goes on
    made += step.leaves;
    if (!step.more) return made;
    await pause();
  }
}
