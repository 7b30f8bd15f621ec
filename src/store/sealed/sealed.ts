import type { Store } from "../store.ts";
import { sealedActs } from "./acts.ts";
import { openOwned, sealedApprovals } from "./approvals.ts";
import { sealedIdempotency } from "./idempotency.ts";
import { sealedJournal } from "./journal.ts";
import { sealedOutbox } from "./outbox.ts";
import { sealedPolicies } from "./policies.ts";
import type { Sealer } from "./sealer.ts";
import { sealedSecrets } from "./secrets.ts";

/**
 * The store, with what is personal sealed before it is written, and so before a leaf covers it; whoever reads gets it as it was.
 * Rows from the time before stay as they are, and readable. Closing it closes the sealer.
 */
export function sealedStore(store: Store, sealer: Sealer): Store {
  return {
    ...store,
    forTenant(tenant) {
      const inner = store.forTenant(tenant);
      return {
        ...inner,
        journal: sealedJournal(inner.journal, tenant, sealer),
        approvals: sealedApprovals(inner.approvals, tenant, sealer),
        idempotency: sealedIdempotency(inner.idempotency, tenant, sealer),
        acts: sealedActs(inner.acts, tenant, sealer),
        secrets: sealedSecrets(inner.secrets, tenant, sealer),
      };
    },
    outbox: sealedOutbox(store.outbox, sealer),
    policies: sealedPolicies(store.policies, sealer),
    overdue: async (now, limit, after) => await openOwned(sealer, await store.overdue(now, limit, after)),
    sought: async (since, limit) => await openOwned(sealer, await store.sought(since, limit)),
    async close() {
      await sealer.close();
      await store.close();
    },
  };
}
