import fc from "fast-check";
import { expect, test } from "vitest";
import { isConsistent, isIncluded } from "./check.ts";
import { growing, NO_TREE } from "./grow.ts";
import { leafHash, nodeHash } from "./hash.ts";
import { consistencyProof, inclusionProof, type Load, rootAt } from "./prove.ts";

const LEAVES = Array.from({ length: 1500 }, (_, at) => leafHash(`record ${at}`));

/** RFC 9162 §2.1.1, word for word. */
function plainRoot(leaves: readonly Uint8Array[]): Uint8Array {
  const [first] = leaves;
  if (leaves.length === 1 && first !== undefined) return first;
  let half = 1;
  while (half * 2 < leaves.length) half *= 2;
  return nodeHash(plainRoot(leaves.slice(0, half)), plainRoot(leaves.slice(half)));
}

/** What is kept of a tree of that size. */
function kept(size: number): { readonly load: Load; readonly loads: () => number } {
  const levels: Uint8Array[][] = [[], [], []];
  const tree = growing(NO_TREE);
  for (const leaf of LEAVES.slice(0, size)) {
    levels[0]?.push(leaf);
    for (const { level, hash } of tree.add(leaf)) levels[level]?.push(hash);
  }
  let loads = 0;
  return {
    loads: () => loads,
    load: async (level, from, count) => {
      loads += 1;
      return levels[level]?.slice(from, from + count) ?? [];
    },
  };
}

const sizes = fc.integer({ min: 1, max: LEAVES.length });

test("a tree that grows has the root that the RFC says, also where it goes on from what was kept", () => {
  fc.assert(
    fc.property(sizes, fc.nat(LEAVES.length), (size, cut) => {
      const first = growing(NO_TREE);
      for (const leaf of LEAVES.slice(0, Math.min(cut, size))) first.add(leaf);
      const tree = growing(first.tree());
      for (const leaf of LEAVES.slice(Math.min(cut, size), size)) tree.add(leaf);
      expect(Buffer.from(tree.root())).toEqual(Buffer.from(plainRoot(LEAVES.slice(0, size))));
    }),
    { numRuns: 50 },
  );
  expect(Buffer.from(growing(NO_TREE).root()).toString("hex")).toMatch(/^e3b0c44298fc1c14/);
  expect(() => growing({ size: 3, frontier: new Uint8Array(32) })).toThrow(RangeError);
});

test("every leaf is shown to be in every tree, in few reads, and no other leaf, place, size or root is", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, fc.nat(), fc.nat(), async (size, at, other) => {
      const index = at % size;
      const { load, loads } = kept(size);
      const proof = await inclusionProof(index, size, load);
      const root = await rootAt(size, load);
      const leaf = LEAVES[index] ?? root;
      expect(loads()).toBeLessThan(10);
      expect(proof.length).toBeLessThanOrEqual(Math.ceil(Math.log2(size)));
      expect(isIncluded(leaf, index, size, proof, root)).toBe(true);
      expect(isIncluded(leafHash("another"), index, size, proof, root)).toBe(false);
      expect(isIncluded(leaf, index, size, proof, leaf)).toBe(size === 1);
      expect(isIncluded(leaf, index, size, [...proof, leaf], root)).toBe(false);
      if (other % size !== index) expect(isIncluded(leaf, other % size, size, proof, root)).toBe(false);
      if (proof.length > 0) expect(isIncluded(leaf, index, size, proof.slice(1), root)).toBe(false);
    }),
    { numRuns: 50 },
  );
  await expect(inclusionProof(3, 3, kept(3).load)).rejects.toThrow(RangeError);
});

test("every tree is shown to begin with every smaller one, and with nothing else", async () => {
  await fc.assert(
    fc.asyncProperty(sizes, sizes, async (a, b) => {
      const [before, size] = [Math.min(a, b), Math.max(a, b)];
      const { load } = kept(size);
      const proof = await consistencyProof(before, size, load);
      const [old, root] = [await rootAt(before, load), await rootAt(size, load)];
      expect(isConsistent(before, old, size, root, proof)).toBe(true);
      expect(isConsistent(before, leafHash("fork"), size, root, proof)).toBe(false);
      expect(isConsistent(before, old, size, leafHash("fork"), proof)).toBe(false);
      expect(isConsistent(before, old, size, root, [...proof, old])).toBe(false);
      if (proof.length > 0) expect(isConsistent(before, old, size, root, proof.slice(0, -1))).toBe(false);
      expect(isConsistent(size + 1, root, size, root, proof)).toBe(false);
    }),
    { numRuns: 50 },
  );
  await expect(consistencyProof(4, 3, kept(3).load)).rejects.toThrow(RangeError);
});
