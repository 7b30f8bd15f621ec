import type { TenantId } from "../../call/principal.ts";
import {
  type Cells,
  type Leaf,
  type LeafKind,
  type LogTables,
  MAX_LEAVES,
  type Node,
  type Tree,
} from "../../store/log.ts";
import { rowHash } from "../log/record.ts";
import { growing, type Growing } from "../tree/grow.ts";
import { sameHash } from "../tree/hash.ts";
import { type Finding, recordName } from "./finding.ts";
import type { Vow } from "./signed.ts";

/** A clock may be so far off, and a record take so long from its moment to the store, at most. */
const LATE_MS = 300_000;
const PAGE = 1024;

/** What a record says of when it was; undefined where it does not say. */
function instantOf(kind: LeafKind, cells: Cells): number | undefined {
  const { at, act } = cells;
  if (typeof at === "number") return at;
  if (kind !== "deed" || typeof act !== "string") return undefined;
  try {
    const said = (JSON.parse(act) as { readonly at?: unknown }).at;
    return typeof said === "number" ? said : undefined;
  } catch {
    return undefined; // sealed: its time is not in clear
  }
}

/** What is known at one moment of the walk. */
interface Progress {
  readonly tree: Growing;
  /** No record behind here may be older. */
  floor: number;
  position: number;
  good: number;
  diverged: boolean;
  /** Calls that have begun and not ended; undefined where the walk begins in the middle, and may have passed their beginning. */
  readonly begun: Set<string> | undefined;
}

interface Walk {
  readonly log: LogTables;
  readonly tenant: TenantId;
  /** In the order of their sizes. */
  readonly vows: readonly Vow[];
  readonly found: (finding: Omit<Finding, "tenant">) => void;
}

/** Whether what ends has begun: an opening can be taken away before it has its leaf. */
function checkEnds({ found }: Walk, { begun }: Progress, { index, kind, id }: Leaf): void {
  if (kind === "opened") begun?.add(id);
  if (kind === "closed" && begun?.delete(id) === false)
    found({ kind: "deleted", index, record: recordName(kind, id), what: "it ends what never began" });
}

/** Whether the row of a leaf is what it was, and where it belongs. */
function checkRow({ found }: Walk, progress: Progress, leaf: Leaf, cells: Cells | undefined): void {
  const at = { index: leaf.index, record: recordName(leaf.kind, leaf.id) };
  if (cells === undefined) return found({ kind: "deleted", ...at, what: "its row is gone" });
  if (!sameHash(rowHash(leaf.kind, cells), leaf.hash))
    return found({ kind: "altered", ...at, what: "its row is not what it was when it was written" });
  const { seq } = cells;
  if ((leaf.kind === "opened" || leaf.kind === "closed") && typeof seq === "number") {
    if (seq <= progress.position)
      found({ kind: "reordered", ...at, what: `position ${seq} comes after ${progress.position}` });
    progress.position = Math.max(progress.position, seq);
  }
  const instant = instantOf(leaf.kind, cells);
  if (instant !== undefined && instant < progress.floor) {
    const what = `it says it is of ${new Date(instant).toISOString()}, and stands behind what was signed after that`;
    found({ kind: "backdated", ...at, what });
  }
}

function checkVow({ found }: Walk, progress: Progress, { source, size, root, at }: Vow): void {
  if (progress.diverged) return;
  if (!sameHash(progress.tree.root(), root)) {
    progress.diverged = true;
    const what = `the records from ${progress.good} to ${size - 1} are not those that were signed (${source})`;
    return found({ kind: "rewritten", index: progress.good, what });
  }
  progress.good = size;
  if (at !== undefined) progress.floor = Math.max(progress.floor, at - LATE_MS);
}

async function rowsOf(
  { log, tenant }: Walk,
  leaves: readonly Leaf[],
): Promise<ReadonlyMap<LeafKind, ReadonlyMap<string, Cells>>> {
  const rows = new Map<LeafKind, ReadonlyMap<string, Cells>>();
  for (const [kind, group] of Map.groupBy(leaves, (leaf) => leaf.kind))
    rows.set(
      kind,
      await log.rows(
        tenant,
        kind,
        group.map(({ id }) => id),
      ),
    );
  return rows;
}

/** What is kept of whole subtrees, read as the walk comes to it. */
function keptNodes({ log, tenant }: Walk): (node: Node) => Promise<Node | undefined> {
  let pages = new Map<number, readonly Node[]>();
  return async ({ level, index }) => {
    const find = () => pages.get(level)?.find((node) => node.index === index);
    const known = find();
    if (known !== undefined) return known;
    pages = new Map(pages).set(level, await log.nodes(tenant, level, index, PAGE));
    return find();
  };
}

/**
 * Goes through the leaves of a tenant in their order, from what `start` has on, and holds rows against leaves, leaves
 * against what is kept of the tree, and the tree against every checkpoint. Gives the tree it ended with.
 */
export async function walk(walking: Walk, start: Tree): Promise<Tree> {
  const { log, tenant, vows, found } = walking;
  const progress: Progress = {
    tree: growing(start),
    floor: Number.NEGATIVE_INFINITY,
    position: 0,
    good: start.size,
    diverged: false,
    begun: start.size === 0 ? new Set() : undefined,
  };
  const { tree } = progress;
  const kept = keptNodes(walking);
  let next = 0;
  const check = (): void => {
    for (let vow = vows[next]; vow !== undefined && vow.size <= tree.size(); vow = vows[++next])
      if (vow.size === tree.size()) checkVow(walking, progress, vow);
  };
  check();
  for (;;) {
    const leaves = await log.leaves(tenant, tree.size(), Math.min(PAGE, MAX_LEAVES));
    const rows = await rowsOf(walking, leaves);
    for (const leaf of leaves) {
      if (leaf.index !== tree.size()) {
        found({ kind: "gap", index: tree.size(), what: `the log goes on with record ${leaf.index}` });
        return tree.tree();
      }
      checkRow(walking, progress, leaf, rows.get(leaf.kind)?.get(leaf.id));
      checkEnds(walking, progress, leaf);
      for (const node of tree.add(leaf.hash)) {
        const there = await kept(node);
        if (there !== undefined && sameHash(there.hash, node.hash)) continue;
        const from = node.index * 256 ** node.level;
        found({
          kind: "tree",
          index: from,
          what: `what is kept of the ${256 ** node.level} leaves from here on is another hash`,
        });
      }
      check();
    }
    if (leaves.length < PAGE) break;
  }
  const left = vows[next];
  if (left !== undefined) {
    const what = `${left.size} records were signed, and ${tree.size()} are there (${left.source})`;
    found({ kind: "truncated", index: tree.size(), what });
  }
  return tree.tree();
}
