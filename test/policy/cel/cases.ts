/** One test of the official suite. */
export interface Case {
  /** File, section and name. */
  readonly id: string;
  readonly expr: string;
  /** Values of variables, in CEL; null where only protocol buffers can say it. */
  readonly bindings?: Readonly<Record<string, string | null>>;
  readonly want:
    | { readonly kind: "value"; readonly cel: string }
    | { readonly kind: "error" }
    /** What is asked is what the type checker makes of it. */
    | { readonly kind: "type" }
    /** An unknown, or a value that only protocol buffers can say. */
    | { readonly kind: "beyond" };
}
