import type { Pool } from "pg";
import { type Loading, ofEach } from "../loading.ts";
import { rowsOf, rowsOfEverybody } from "./row-security.ts";

/** The parts of a store in PostgreSQL: each tenant's through connections that see its rows only. */
export function postgresLoading(connections: Pool): Loading {
  // What is not reached through a tenant is about all of them, and says so to the database.
  const pool = rowsOfEverybody(connections);
  const own = ofEach((tenant) => rowsOf(connections, tenant));
  return {
    reader: async () => {
      const { postgresReader } = await import("./reading.ts");
      return ofEach((tenant) => postgresReader(own(tenant))(tenant));
    },
    policies: async () => (await import("./policies.ts")).postgresPolicies(pool),
    credentials: async () => (await import("./credentials.ts")).postgresCredentials(pool),
    people: async () => (await import("./people.ts")).postgresPeople(pool),
    signIns: async () => (await import("./sign-ins.ts")).postgresSignIns(pool),
    secrets: async () => {
      const { postgresSecrets } = await import("./secrets.ts");
      return (tenant) => postgresSecrets(own(tenant))(tenant);
    },
    masks: async () => {
      const { postgresMasks } = await import("./masks.ts");
      return (tenant) => postgresMasks(own(tenant))(tenant);
    },
    outbox: async () => (await import("./outbox.ts")).postgresOutbox(pool),
    approvals: async () => {
      const { postgresApprovals } = await import("./approvals.ts");
      return { ...postgresApprovals(pool), of: (tenant) => postgresApprovals(own(tenant)).of(tenant) };
    },
    idempotency: async () => (await import("./idempotency.ts")).postgresIdempotency(pool, own),
    acts: async () => {
      const { postgresActs } = await import("./acts.ts");
      return (tenant) => postgresActs(own(tenant))(tenant);
    },
    sinks: async () => {
      const { postgresSinks } = await import("./sinks.ts");
      return (tenant) => postgresSinks(own(tenant), tenant);
    },
    subjects: async () => (await import("./subjects.ts")).postgresSubjects(pool),
    tenants: async () => (await import("./tenants.ts")).postgresTenants(pool, own),
  };
}
