import type { Found } from "../../detect/detector.ts";
import type { Leaf } from "../../detect/fields.ts";

/** What the thread of a sandboxed plugin is started with. */
export interface Prison {
  readonly source: string;
  readonly timeout_ms: number;
}

/** Texts to look at; none: what it says of itself. */
export interface Errand {
  readonly number: number;
  readonly texts: readonly Leaf[] | undefined;
  /** What it may report; of no use while it is not known. */
  readonly classes: readonly string[];
}

/** `why` says it in words that quote nothing. */
export type Reply = { readonly number: number } /** It can be asked: number 0. */ & (
  | { readonly kind: "ready" }
  | { readonly kind: "card"; readonly card: string }
  | { readonly kind: "found"; readonly found: readonly (readonly Found[])[] }
  | { readonly kind: "failed"; readonly why: string }
);
