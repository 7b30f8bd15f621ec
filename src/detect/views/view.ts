/** UTF-16 units of the original text, `until` not included. */
export interface Span {
  readonly from: number;
  readonly until: number;
}

/** How a view was made of the one above it. */
export type Making =
  | "original"
  | "folded"
  | "base64"
  | "hex"
  | "percent"
  | "entities"
  | "escapes"
  | "leet"
  | "spaced"
  | "rot13"
  | "reversed";

/** One way to read a text. */
export interface View {
  readonly made: Making;
  readonly text: string;
  /** How many encodings were undone: 0 for the original and what is folded of it. */
  readonly depth: number;
  /** The part of the original that units `from` to `until` of this view were made of. */
  readonly at: (from: number, until: number) => Span;
}

/** A part of the original that no view shows as it would be read, and which bound said so. */
export interface Unseen {
  readonly span: Span;
  readonly why: "length" | "depth" | "parts" | "decoded" | "compressed";
}

/** Characters that nobody sees, by kind. */
export interface Invisible {
  /** Tag characters (U+E0020–E007E), which spell ASCII. */
  readonly tags: number;
  /** Zero-width characters, soft hyphens, variation selectors beside no emoji, and what else has no width. */
  readonly zero: number;
  /** Marks that turn the direction of writing. */
  readonly bidi: number;
}

/** All ways to read one text; each is made when it is first asked for, and once. */
export interface Views {
  /** The text itself, up to the bound on its length. */
  readonly original: View;
  /** As a reader would take it: compatibility forms, look-alikes and marks folded, invisible characters gone, case kept. */
  readonly folded: View;
  /** What encodings hide, folded, to a bound in depth, number and size. */
  readonly decoded: readonly View[];
  readonly invisible: Invisible;
  /** What no view shows. Empty for nearly all texts; a guard that matters says so where it is not. */
  readonly unseen: readonly Unseen[];
}
