import type { Node, Tree } from "../../store/log.ts";
import { EMPTY_ROOT, HASH_BYTES, nodeHash } from "./hash.ts";

/** Nodes are kept of every eighth height: of 256 leaves, of 65,536, and so on. */
export const STRIDE = 8;

/** A tree that leaves are added to. Knows no more of them than the roots of its largest whole subtrees. */
export interface Growing {
  readonly size: () => number;
  /** Adds a leaf; gives the nodes to keep that it completes. */
  readonly add: (leaf: Uint8Array) => readonly Node[];
  /** The root over all leaves (RFC 9162 §2.1.1). */
  readonly root: () => Uint8Array;
  readonly tree: () => Tree;
}

const NONE: readonly Node[] = Object.freeze([]);

function bits(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** Throws RangeError where the frontier is none of that size. */
export function growing({ size: from, frontier }: Tree): Growing {
  if (frontier.length !== bits(from) * HASH_BYTES)
    throw new RangeError(`a tree of ${from} leaves has no frontier of ${frontier.length} bytes`);
  const peaks = Array.from({ length: frontier.length / HASH_BYTES }, (_, at) =>
    frontier.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES),
  );
  let size = from;
  return {
    size: () => size,
    add(leaf) {
      let nodes: Node[] | undefined;
      let whole = leaf;
      let index = size;
      for (let height = 1; index % 2 === 1; height++) {
        whole = nodeHash(peaks.pop() ?? EMPTY_ROOT, whole);
        index = (index - 1) / 2;
        if (height % STRIDE === 0) (nodes ??= []).push({ level: height / STRIDE, index, hash: whole });
      }
      peaks.push(whole);
      size += 1;
      return nodes ?? NONE;
    },
    root: () => (peaks.length === 0 ? EMPTY_ROOT : peaks.reduceRight((right, left) => nodeHash(left, right))),
    tree: () => ({ size, frontier: Buffer.concat(peaks) }),
  };
}

export const NO_TREE: Tree = Object.freeze({ size: 0, frontier: new Uint8Array() });
