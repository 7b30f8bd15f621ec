import type { Instant } from "../call/id.ts";
import type { Overdue, Owned } from "../store/approvals.ts";
import type { Store } from "../store/store.ts";
import type { Log } from "../telemetry/log.ts";
import { lettersOf } from "./letters.ts";
import { OLDEST_MS, standingOf } from "./state.ts";

/** Questions that are read at a time. */
const AT_ONCE = 200;

/**
 * Writes down what time has ended, and tells whoever was asked. Nothing hangs on it: whoever looks at a question looks at
 * the clock as well. So a round that a crash cuts off is simply done by the next, of whichever gate.
 */
export async function expire(store: Store, now: Instant): Promise<number> {
  let ended = 0;
  // What was let be done for a time stays overdue until that is over, and must not keep what is behind it from its end.
  for (let after: Overdue | undefined = { expires: now - OLDEST_MS, id: "" }; after !== undefined; ) {
    const found = await store.overdue(now, AT_ONCE, after);
    for (const each of found) if (await end(store, each, now)) ended += 1;
    after = found.length < AT_ONCE ? undefined : found.at(-1)?.approval.question;
  }
  return ended;
}

/** False where its time is not over, or somebody else was first. */
async function end(store: Store, { tenant, approval }: Owned, now: Instant): Promise<boolean> {
  const { question, acts } = approval;
  if (acts.at(-1)?.state === "expired" || standingOf(approval, now).state !== "expired") return false;
  await store.outbox.put(lettersOf(question, tenant, "approval.expired", now));
  const by = { id: "portcullis", roles: [], source: "gate" };
  const act = { seq: acts.length + 1, at: now, by, reason: "", deed: { kind: "expire" } } as const;
  return await store.forTenant(tenant).approvals.act(question.id, { ...act, state: "expired" });
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
