import type { Cause } from "../call/verdict.ts";

type Content = Extract<Cause, { readonly kind: "content" }>;

/** First line, whether a retry can help, and the advice on retrying, where guards found something. */
export function contentOpening({ of }: Content): readonly [string, boolean, string] {
  return of === "call"
    ? [
        "BLOCKED because of what its arguments hold. The call has not run.",
        false,
        "The same arguments will be refused again; do not write them in another way to get them through.",
      ]
    : [
        "BLOCKED: the server ran it, and its answer is withheld because of what it holds.",
        false,
        "Do not call it again for the same answer.",
      ];
}
