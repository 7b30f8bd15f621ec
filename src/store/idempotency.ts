import type { Instant } from "../call/id.ts";

/** A request that came with a key. */
export interface Keyed {
  /** The principal: nobody hears what another was answered. */
  readonly who: string;
  readonly key: string;
  /** Over method, path and body. */
  readonly digest: string;
  readonly at: Instant;
}

/** An answer as it was sent. */
interface Answered {
  readonly status: number;
  readonly media: string;
  readonly body: string;
}

/** What a key stands for when a request comes with it. */
export type Begun =
  /** Nothing yet: it is this request's now. */
  | { readonly kind: "first" }
  /** The first request with it has no answer yet. */
  | { readonly kind: "running" }
  /** Another request. */
  | { readonly kind: "other" }
  | { readonly kind: "answered"; readonly answer: Answered }
  /** The tenant, or the principal, has as many keys as are remembered. */
  | { readonly kind: "full" };

/** How long a key is remembered. */
export const KEY_MS = 24 * 3_600_000;
/** Keys of one tenant, and of one principal in it, so that nobody takes all of them. */
export const MAX_KEYS = 10_000;
export const MAX_OWN_KEYS = 2_500;

/** A tenant's keys. */
export interface Idempotency {
  /** Claims the key, durably; of several at once one is the first. Forgets keys of all tenants that are too old. */
  begin(request: Keyed): Promise<Begun>;
  finish(who: string, key: string, answer: Answered): Promise<void>;
  /** The request failed and may be made again. */
  forget(who: string, key: string): Promise<void>;
}

/** A row as both engines give it. */
export interface KeyRow extends Answered {
  readonly digest: string;
}

export function begunOf({ digest, ...answer }: KeyRow, wanted: string): Begun {
  if (digest !== wanted) return { kind: "other" };
  return answer.status === 0 ? { kind: "running" } : { kind: "answered", answer };
}
