import type { TenantId } from "../call/principal.ts";
import type { Acts } from "./acts.ts";
import type { AllApprovals } from "./approvals.ts";
import type { Idempotency } from "./idempotency.ts";
import type { reader } from "./journal/read.ts";
import type { Masks } from "./masks.ts";
import type { Outbox } from "./outbox.ts";
import type { Credentials } from "./people/credentials.ts";
import type { People } from "./people/people.ts";
import type { SignIns } from "./people/sign-ins.ts";
import type { SubjectKeys } from "./people/subjects.ts";
import type { Policies } from "./policies.ts";
import type { Secrets } from "./secrets.ts";
import type { Sinks } from "./sinks.ts";
import type { Tenants } from "./tenants.ts";

type Reader = ReturnType<typeof reader>;

/** The parts of an engine, each loaded with its first use. */
export interface Loading {
  readonly reader: () => Promise<Reader>;
  readonly policies: () => Promise<Policies>;
  readonly credentials: () => Promise<Credentials>;
  readonly people: () => Promise<People>;
  readonly signIns: () => Promise<SignIns>;
  readonly outbox: () => Promise<Outbox>;
  readonly approvals: () => Promise<AllApprovals>;
  readonly idempotency: () => Promise<(tenant: TenantId) => Idempotency>;
  readonly acts: () => Promise<(tenant: TenantId) => Acts>;
  readonly sinks: () => Promise<(tenant: TenantId) => Sinks>;
  readonly subjects: () => Promise<SubjectKeys>;
  readonly secrets: () => Promise<(tenant: TenantId) => Secrets>;
  readonly masks: () => Promise<(tenant: TenantId) => Masks>;
  readonly tenants: () => Promise<Tenants>;
}

/** Tenants whose ways into the database are kept; the one made first is made again when it is needed. */
const KEPT_TENANTS = 1_000;

/** What is made for a tenant, made once for each. */
export function ofEach<T>(make: (tenant: TenantId) => T): (tenant: TenantId) => T {
  const made = new Map<TenantId, T>();
  return (tenant) => {
    const known = made.get(tenant) ?? make(tenant);
    made.set(tenant, known);
    const [oldest] = made.keys();
    if (made.size > KEPT_TENANTS && oldest !== undefined) made.delete(oldest);
    return known;
  };
}
