import { governanceClient, type GovernanceClient } from "./governance.ts";

/** Whose data it is: a tenant's name, or whatever carries one. */
type TenantContext = string | { readonly tenant_id: string };

/** The client of MCPGovernance's documents, by its own name. A class because that is how they make it. */
export class MCPGovernanceClient {
  readonly #client: GovernanceClient;

  /** `url`: where the gate is; `GOVERNANCE_ENDPOINT` if absent. Throws TypeError where neither is given. */
  constructor(url: string | undefined = process.env["GOVERNANCE_ENDPOINT"]) {
    if (url === undefined || url === "")
      throw new TypeError(
        "no address: give one, or set GOVERNANCE_ENDPOINT to http://HOST:PORT/governance/v1",
      );
    this.#client = governanceClient({ url });
  }

  /** Whether the tenant may; rejects where the gate does not answer, so that no answer is never a yes. */
  authorize(tenant: TenantContext, resource_id: string, operation: string): Promise<boolean> {
    const tenant_id = typeof tenant === "string" ? tenant : tenant.tenant_id;
    return this.#client.allows({ tenant_id, resource_id, operation });
  }
}
