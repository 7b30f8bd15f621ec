import type { JsonPath } from "../call/json.ts";
import type { Edit, Swap } from "../call/verdict.ts";
import type { Leaf } from "../detect/fields.ts";

/** A part of a text that is not to be handed on, and what stands there instead. */
export interface Masking {
  readonly leaf: Leaf;
  /** UTF-16 units of the leaf's text. */
  readonly from: number;
  readonly until: number;
  readonly to: (value: string, path: JsonPath) => string;
}

interface Place {
  readonly path: JsonPath;
  readonly text: string;
  readonly parts: (Omit<Swap, "to"> & { readonly to: Masking["to"] })[];
}

/** Characters are not cut in two. */
function whole(text: string, from: number, until: number): readonly [number, number] {
  const low = (at: number): boolean => {
    const unit = text.charCodeAt(at);
    return unit >= 0xdc00 && unit <= 0xdfff;
  };
  const high = (at: number): boolean => {
    const unit = text.charCodeAt(at);
    return unit >= 0xd800 && unit <= 0xdbff;
  };
  return [
    from > 0 && low(from) && high(from - 1) ? from - 1 : from,
    until < text.length && low(until) && high(until - 1) ? until + 1 : until,
  ];
}

/** Parts in order and apart: those that touch the same units become one, under the mark of the first. */
function apart(text: string, parts: Place["parts"], path: JsonPath): readonly Swap[] {
  const wide = parts.map(({ from, until, to }) => {
    const [first, last] = whole(text, from, until);
    return { from: first, until: last, to };
  });
  const merged: { from: number; until: number; to: Masking["to"] }[] = [];
  for (const part of wide.toSorted((one, other) => one.from - other.from || other.until - one.until)) {
    const last = merged.at(-1);
    if (last !== undefined && part.from < last.until) last.until = Math.max(last.until, part.until);
    else merged.push({ ...part });
  }
  return merged.map(({ from, until, to }) => ({ from, until, to: to(text.slice(from, until), path) }));
}

/** A number in which there is something to mask becomes a mark as a whole. */
function numberEdits(maskings: readonly Masking[]): readonly Edit[] {
  const edits = new Map<string, Edit>();
  for (const { leaf, to } of maskings) {
    const { path = [] } = leaf.field;
    const key = JSON.stringify(path);
    if (leaf.number === true && !edits.has(key))
      edits.set(key, { kind: "set", path, to: to(leaf.text, path) });
  }
  return [...edits.values()];
}

/**
 * The edits that put marks in the place of parts of texts. `texts`: every text that may be touched, by its path. Nothing outside the
 * parts changes.
 */
export function maskEdits(maskings: readonly Masking[], texts: readonly Leaf[]): readonly Edit[] {
  if (maskings.length === 0) return [];
  const places = new Map<string, Place>();
  const own = new Map(
    texts.flatMap(({ text, field: { path = [] }, pieces, name, number, encoded }) =>
      (pieces ?? name ?? number ?? encoded) === undefined ? [[JSON.stringify(path), text] as const] : [],
    ),
  );
  const add = (path: JsonPath, from: number, until: number, to: Masking["to"]): void => {
    const key = JSON.stringify(path);
    const text = own.get(key);
    if (text === undefined || from >= until) return;
    const place = places.get(key) ?? { path, text, parts: [] };
    places.set(key, place);
    place.parts.push({ from, until: Math.min(until, text.length), to });
  };
  for (const { leaf, from, until, to } of maskings) {
    if (leaf.pieces === undefined) add(leaf.field.path ?? [], from, until, to);
    else
      for (const piece of leaf.pieces) {
        const first = Math.max(from, piece.from) - piece.from + piece.start;
        const last = Math.min(until, piece.until) - piece.from + piece.start;
        if (first < last) add(piece.path, first, last, to);
      }
  }
  const swaps = [...places.values()].map(
    ({ path, text, parts }): Edit => ({
      kind: "swap",
      path,
      parts: apart(text, parts, path),
    }),
  );
  return [...swaps, ...numberEdits(maskings)];
}
