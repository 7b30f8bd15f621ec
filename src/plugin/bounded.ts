import type { TenantId } from "../call/principal.ts";
import type { Leaf } from "../detect/fields.ts";
import { OutboundError } from "../outbound/outbound.ts";
import { Nonsense } from "./found.ts";

/** Failures in a row after which it is left alone, and for how long. */
const FAILURES = 5;
const REST_MS = 30_000;
/** Of one message. */
const TEXTS = 4_096;
const UNITS = 1024 * 1024;
/** Tenants whose failures are remembered. */
const TENANTS = 1_000;
/** Messages that wait for it. */
const WAITING = 64;

/** Why it did not look, in words that quote nothing. */
function reasonOf(error: unknown, late: boolean): string {
  if (late) return "it took too long";
  if (error instanceof Nonsense) return error.message;
  if (error instanceof OutboundError) return `it could not be asked (${error.kind})`;
  return "it broke";
}

/** Asks within bounds. */
export interface Bounded<Q, A> {
  /** What it said, or why it did not look, in words that quote nothing. `texts` are what it is shown. Never rejects. */
  readonly ask: (
    texts: readonly Leaf[],
    question: Q,
    tenant?: TenantId,
  ) => Promise<{ readonly said: A } | string>;
  /** Whether it failed so often that it is left alone for a while, by some tenant at least. */
  readonly resting: () => boolean;
}

/**
 * Bounds how much is shown to it, how many messages wait, and how long an answer may take; leaves whoever fails five times in a row alone
 * for half a minute, with what is of that tenant: what a tenant writes may be why it fails. `ticks`: monotonic, ms.
 */
export function bounded<Q, A>(
  ask: (question: Q, signal: AbortSignal) => Promise<A>,
  timeout_ms: number,
  ticks: () => number,
): Bounded<Q, A> {
  const failing = new Map<TenantId, { readonly failures: number; readonly until: number }>();
  let waiting = 0;
  const rests = (tenant: TenantId): boolean => {
    const { failures, until } = failing.get(tenant) ?? { failures: 0, until: 0 };
    return failures >= FAILURES && ticks() < until;
  };
  const failed = (tenant: TenantId): void => {
    const failures = (failing.get(tenant)?.failures ?? 0) + 1;
    failing.delete(tenant);
    failing.set(tenant, { failures, until: ticks() + REST_MS });
    const [oldest] = failing.size > TENANTS ? failing.keys() : [];
    if (oldest !== undefined) failing.delete(oldest);
  };

  async function inTime(question: Q, late: AbortController): Promise<A> {
    const began = ticks();
    const given = new Promise<never>((_, failed) => {
      late.signal.addEventListener("abort", () => failed(new Error("late")), { once: true });
    });
    const said = await Promise.race([ask(question, late.signal), given]);
    // What runs in this process cannot be stopped; it is not believed either.
    if (ticks() - began > timeout_ms) late.abort();
    if (late.signal.aborted) throw new Error("late");
    return said;
  }

  return {
    resting: () => [...failing.keys()].some(rests),
    async ask(texts, question, tenant = "") {
      if (texts.length > TEXTS || texts.reduce((sum, { text }) => sum + text.length, 0) > UNITS)
        return "there is more text than it is given";
      if (rests(tenant)) return "it failed too often and is left alone for a while";
      if (waiting >= WAITING) return "too many messages wait for it";
      waiting += 1;
      const late = new AbortController();
      const timer = setTimeout(() => late.abort(), timeout_ms);
      try {
        const said = await inTime(question, late);
        failing.delete(tenant);
        return { said };
      } catch (error) {
        failed(tenant);
        return reasonOf(error, late.signal.aborted);
      } finally {
        clearTimeout(timer);
        waiting -= 1;
      }
    },
  };
}
