/** What the thread is started with. */
export interface Errand {
  readonly wasm: Uint8Array;
  readonly data: string;
  readonly entrypoint: string;
}

/** What the thread says: once that it is ready or why it cannot be, then one answer to each input. */
export type Reply =
  | { readonly kind: "ready" }
  | { readonly kind: "useless"; readonly why: string }
  /** The result set as JSON. */
  | { readonly kind: "result"; readonly json: string }
  | { readonly kind: "failed"; readonly why: string };
