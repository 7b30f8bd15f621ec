/** What becomes of a table's rows where a tenant is exported, and where it is deleted. */
export interface Holding {
  /** `records`: read as records are, opened where they are sealed. `rows`: as they are. Else why they are left out. */
  readonly out: "records" | "rows" | { readonly because: string };
  /** Why they stay where the tenant is deleted; absent: they go. */
  readonly stays?: string;
}

const KEYS = { because: "keys open what is sealed: who has them and the database has everything" };
const SECRET = { because: "secrets leave the gate for the servers that they are for, and for nobody else" };
const WORKING = { because: "working memory, which says nothing of its own" };
const EVIDENCE = "it is evidence: what was done, by whom, as the log proves it";
const PROOF = "it proves that nothing of the record was changed";

/** Every table that holds anything of a tenant. */
export const HOLDINGS: Readonly<Record<string, Holding>> = {
  acts: { out: "records", stays: EVIDENCE },
  api_keys: { out: "records" },
  approval_acts: { out: { because: "they are with their approvals" }, stays: EVIDENCE },
  approvals: { out: "records", stays: EVIDENCE },
  closed: { out: { because: "they are with their calls" }, stays: EVIDENCE },
  counters: { out: WORKING },
  erasures: { out: "rows", stays: "it says whose keys were destroyed" },
  factors: { out: SECRET },
  held: { out: WORKING },
  idempotency: { out: WORKING },
  log_anchors: { out: "rows", stays: PROOF },
  log_checkpoints: { out: "rows", stays: PROOF },
  log_cosignatures: { out: "rows", stays: PROOF },
  log_due: { out: WORKING, stays: "the log has yet to take it in" },
  log_leaves: { out: "rows", stays: PROOF },
  log_nodes: { out: { because: "they follow from the leaves" }, stays: PROOF },
  log_trees: { out: { because: "they follow from the leaves" }, stays: PROOF },
  masks: { out: SECRET },
  opened: { out: "records", stays: EVIDENCE },
  outbox: { out: "records" },
  people: { out: "rows" },
  secrets: { out: SECRET },
  sessions: { out: WORKING },
  sinks: { out: WORKING },
  subjects: { out: KEYS },
  tenant_keys: { out: KEYS },
  tenants: { out: "records", stays: "its name is never given again" },
};
