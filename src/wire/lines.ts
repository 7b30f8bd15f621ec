/** A line without its end, or word that one was longer than allowed (its bytes are gone; `size_bytes` is seen so far). */
export type Line =
  | { readonly kind: "line"; readonly bytes: Buffer }
  | { readonly kind: "over-long"; readonly size_bytes: number };

/** Takes bytes as they come; empty lines are skipped. */
export interface LineSplitter {
  push(chunk: Buffer): readonly Line[];
  /** The last line, where the input ended without a newline. */
  end(): readonly Line[];
}

export function lineSplitter(_limit_bytes: number): LineSplitter {
  throw new TypeError("to follow");
}
