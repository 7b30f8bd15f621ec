/** What came of delivering entries. `why` is for the operator, and holds no secret. */
export type Outcome =
  /** The receiver has all of them; `refused`: but for so many, which it will never take. */
  | { readonly kind: "taken"; readonly refused: number }
  /** To be tried again; not before `after_ms`, where the receiver says so. */
  | { readonly kind: "later"; readonly why: string; readonly after_ms?: number }
  /** The receiver will not take them as they are, all together. */
  | { readonly kind: "refused"; readonly why: string };

export const TAKEN: Outcome = Object.freeze({ kind: "taken", refused: 0 });

export function later(why: string, after_ms?: number): Outcome {
  return { kind: "later", why, ...(after_ms !== undefined && { after_ms }) };
}

/** The receiver has understood, and does not want it. */
const FINAL: ReadonlySet<number> = new Set([400, 413, 422]);
const MAX_AFTER_S = 86_400;

/** What an HTTP status means for what was sent. */
export function answered(host: string, { status, headers }: Response): Outcome {
  if (status >= 200 && status < 300) return TAKEN;
  const why = `${host} answered ${status}`;
  if (FINAL.has(status)) return { kind: "refused", why };
  const after = headers.get("retry-after");
  if (after !== null && /^\d{1,6}$/.test(after))
    return later(why, Math.min(Number(after), MAX_AFTER_S) * 1000);
  return later(status >= 300 && status < 400 ? `${why}; redirects are not followed` : why);
}
