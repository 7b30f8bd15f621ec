import { OutboundError } from "../outbound/outbound.ts";

/** What came of sending a letter. `why` is for the operator, and holds no secret. */
export type Outcome =
  | { readonly kind: "sent" }
  /** To be tried again; not before `after_ms`, where the receiver says so. */
  | { readonly kind: "later"; readonly why: string; readonly after_ms?: number }
  /** Another gate on the same store may have the channel; this one has not. */
  | { readonly kind: "elsewhere"; readonly why: string }
  /** Trying again would fail in the same way. */
  | { readonly kind: "never"; readonly why: string };

export const SENT: Outcome = Object.freeze({ kind: "sent" });

export function later(why: string): Outcome {
  return { kind: "later", why };
}

/** The receiver has understood, and does not want it. */
const FINAL: ReadonlySet<number> = new Set([400, 410, 413, 422]);

/** `Retry-After` in ms: seconds or a date. */
function retryAfter(headers: Headers, now: number): number | undefined {
  const text = headers.get("retry-after");
  if (text === null) return undefined;
  const after_ms = /^\d{1,9}$/.test(text) ? Number(text) * 1000 : Date.parse(text) - now;
  return Number.isFinite(after_ms) && after_ms > 0 ? after_ms : undefined;
}

/** What an HTTP answer means for the letter. */
export function answered(host: string, { status, headers }: Response): Outcome {
  if (status >= 200 && status < 300) return SENT;
  const why = `${host} answered ${status}`;
  if (FINAL.has(status)) return { kind: "never", why };
  if (status >= 300 && status < 400) return later(`${why}; redirects are not followed`);
  const after_ms = retryAfter(headers, Date.now());
  return after_ms === undefined ? later(why) : { kind: "later", why, after_ms };
}

/** What an error on the way out means. */
export function failed(error: unknown): Outcome {
  if (error instanceof OutboundError) return later(error.message);
  throw error;
}
