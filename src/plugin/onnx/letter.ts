import type { Labelled } from "../asked/labels.ts";

/** What the thread of a model begins with: its folder, and the files of the packages that it needs. */
export interface Shelf {
  readonly folder: string;
  readonly runtime: string;
  readonly tokenizers: string;
}

export interface Errand {
  readonly number: number;
  readonly text: string;
}

/** `ready` has the number 0. */
export type Reply =
  | { readonly number: number; readonly kind: "ready"; readonly labels: readonly string[] }
  | { readonly number: number; readonly kind: "labelled"; readonly labels: readonly Labelled[] }
  | { readonly number: number; readonly kind: "failed"; readonly why: string };
