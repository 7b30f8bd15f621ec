import type { Instant } from "../call/id.ts";
import { ENDED } from "../store/approvals.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import { lettersOf } from "./letters.ts";
import { standingOf } from "./state.ts";

/** Questions that one round ends at most; what is left comes with the next. */
const AT_ONCE = 200;

/**
 * Writes down what time has ended, and tells whoever was asked. Nothing hangs on it: whoever looks at a question looks at
 * the clock as well. So a round that a crash cuts off is simply done by the next, of whichever gate.
 */
export async function expire(store: Store, now: Instant): Promise<number> {
  let ended = 0;
  for (const { tenant, approval } of await store.overdue(now, AT_ONCE)) {
    const ended_already = ENDED.includes(approval.acts.at(-1)?.state ?? "pending");
    if (ended_already || standingOf(approval, now).state !== "expired") continue;
    await store.outbox.put(lettersOf(approval.question, tenant, "approval.expired", now));
    const by = { id: "portcullis", roles: [], source: "gate" };
    const act = { seq: approval.acts.length + 1, at: now, by, reason: "", deed: { kind: "expire" } } as const;
    if (await store.forTenant(tenant).approvals.act(approval.question.id, { ...act, state: "expired" }))
      ended += 1;
  }
  return ended;
}

/** Does so every so often, until it is closed. */
export function expiring(
  store: Store,
  now: () => Instant,
  log: Pick<Log, "warn">,
  every_ms = 15_000,
): { readonly close: () => Promise<void> } {
  let round: Promise<void> = Promise.resolve();
  const timer = setInterval(() => {
    round = expire(store, now()).then(
      () => undefined,
      (error: unknown) => log.warn({ err: error }, "what is overdue could not be ended; it is tried again"),
    );
  }, every_ms);
  timer.unref();
  return {
    async close() {
      clearInterval(timer);
      await round;
    },
  };
}
