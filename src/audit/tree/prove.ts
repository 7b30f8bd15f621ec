import { STRIDE } from "./grow.ts";
import { EMPTY_ROOT, nodeHash } from "./hash.ts";

/** Gives `count` hashes of that level from `from` on: leaves at 0, else roots of subtrees of 256^level leaves. */
export type Load = (level: number, from: number, count: number) => Promise<readonly Uint8Array[]>;

const BLOCK = 2 ** STRIDE;

/** The largest power of two below `size`. */
function split(size: number): number {
  let half = 1;
  while (half * 2 < size) half *= 2;
  return half;
}

/** As `load`, and keeps what it gave: for several proofs of one tree. */
export function remembering(load: Load): Load {
  const read = new Map<string, ReturnType<Load>>();
  return (level, from, count) => {
    const key = `${level}/${from}/${count}`;
    const loading = read.get(key) ?? load(level, from, count);
    read.set(key, loading);
    return loading;
  };
}

/** Reads whole blocks of 256 hashes and keeps them: a proof needs a few, and each many times. */
function blocks(load: Load): (level: number, index: number) => Promise<Uint8Array> {
  const read = new Map<string, Promise<readonly Uint8Array[]>>();
  return async (level, index) => {
    const block = Math.floor(index / BLOCK);
    const key = `${level}/${block}`;
    const loading = read.get(key) ?? load(level, block * BLOCK, BLOCK);
    read.set(key, loading);
    const hash = (await loading)[index % BLOCK];
    if (hash === undefined) throw new RangeError(`the tree has no hash ${index} of level ${level}`);
    return hash;
  };
}

/** What gives the root over the leaves from `from` on, before `to`: a range as RFC 9162 splits trees. */
function roots(load: Load): (from: number, to: number) => Promise<Uint8Array> {
  const hashAt = blocks(load);
  /** Of the whole subtree of that height. */
  const whole = async (height: number, index: number): Promise<Uint8Array> => {
    if (height % STRIDE === 0) return await hashAt(height / STRIDE, index);
    return nodeHash(await whole(height - 1, index * 2), await whole(height - 1, index * 2 + 1));
  };
  const root = async (from: number, to: number): Promise<Uint8Array> => {
    const size = to - from;
    if (size === 0) return EMPTY_ROOT;
    const height = Math.log2(size);
    if (Number.isInteger(height)) return await whole(height, from / size);
    const middle = from + split(size);
    return nodeHash(await root(from, middle), await root(middle, to));
  };
  return root;
}

/** The root of the tree as it was with `size` leaves. */
export async function rootAt(size: number, load: Load): Promise<Uint8Array> {
  return await roots(load)(0, size);
}

/** The roots of the largest whole subtrees of the first `size` leaves, from the left: what `growing` goes on from. */
export async function frontierAt(size: number, load: Load): Promise<Uint8Array> {
  const root = roots(load);
  const peaks: Uint8Array[] = [];
  for (let from = 0, height = Math.floor(Math.log2(Math.max(size, 1))); height >= 0; height--) {
    if (from + 2 ** height > size) continue;
    peaks.push(await root(from, from + 2 ** height));
    from += 2 ** height;
  }
  return Buffer.concat(peaks);
}

/** That the leaf `index` is in the tree of `size` leaves (RFC 9162 §2.1.3.1). Throws RangeError where it cannot be. */
export async function inclusionProof(
  index: number,
  size: number,
  load: Load,
): Promise<readonly Uint8Array[]> {
  if (index < 0 || index >= size) throw new RangeError(`a tree of ${size} leaves has no leaf ${index}`);
  const root = roots(load);
  const path = async (from: number, to: number): Promise<readonly Uint8Array[]> => {
    if (to - from === 1) return [];
    const middle = from + split(to - from);
    return index < middle
      ? [...(await path(from, middle)), await root(middle, to)]
      : [...(await path(middle, to)), await root(from, middle)];
  };
  return await path(0, size);
}

/** That the tree of `size` leaves begins with the one of `before` (RFC 9162 §2.1.4.1). Nothing is to be proved of an empty one. */
export async function consistencyProof(
  before: number,
  size: number,
  load: Load,
): Promise<readonly Uint8Array[]> {
  if (before < 0 || before > size) throw new RangeError(`a tree of ${size} leaves never had ${before}`);
  if (before === 0 || before === size) return [];
  const root = roots(load);
  const sub = async (from: number, to: number, known: boolean): Promise<readonly Uint8Array[]> => {
    if (to === before) return known ? [] : [await root(from, to)];
    const middle = from + split(to - from);
    return before <= middle
      ? [...(await sub(from, middle, known)), await root(middle, to)]
      : [...(await sub(middle, to, false)), await root(from, middle)];
  };
  return await sub(0, size, true);
}
