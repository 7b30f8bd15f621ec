import type { TenantId } from "../../call/principal.ts";
import type { Config, Server } from "../../config/config.ts";
import { gateSecret } from "../../config/secret.ts";
import { authsOf } from "../../config/upstream-auth.ts";
import { tokenOf } from "../../identity/bearer.ts";
import type { Metadata } from "../../identity/discovery.ts";
import type { KeptSecret } from "../../store/secrets.ts";
import type { Credential } from "../../upstream/credential/credential.ts";
import { type Sealing, sealing } from "./sealing.ts";

/** What the gate shows its servers. */
export interface Credentials {
  readonly of: (server: Server) => Credential | undefined;
  readonly close: () => Promise<void>;
}

/** What the store keeps of a tenant under a name. */
type SecretOf = (tenant: TenantId, name: string) => Promise<KeptSecret | undefined>;

const NONE: Credentials = { of: () => undefined, close: () => Promise.resolve() };

/** A stored secret as it was put; undefined where the tenant has none. Rejects where it cannot be opened, or read. */
async function storedSecret(
  secretOf: SecretOf,
  seals: () => Sealing | undefined,
  tenant: string,
  name: string,
): Promise<string | undefined> {
  const kept = await secretOf(tenant, name);
  if (kept === undefined) return undefined;
  const opened = seals()?.open(tenant, name, kept.sealed);
  if (opened !== undefined) return opened;
  throw new Error(`the secret ${name} of tenant ${tenant} was sealed with another \`secret\`: set it again`);
}

/** The seals of a configuration's gates; undefined where PostgreSQL is shared and nobody wrote a `secret`. */
function sealsOf(config: Pick<Config, "secret" | "store">): () => Sealing | undefined {
  let made: Sealing | undefined;
  return () => {
    if (made !== undefined) return made;
    const secret = gateSecret(config);
    made = secret && sealing(secret);
    return made;
  };
}

/** What the configuration's servers are shown. What that needs is loaded where one is shown something. */
export async function openCredentials(
  config: Config,
  parts: { readonly secretOf: SecretOf; readonly now: () => number; readonly ticks: () => number },
): Promise<Credentials> {
  if (config.servers.every((server) => authsOf(server).length === 0)) return NONE;
  const { credentialOf } = await import("../../upstream/credential/open.ts");
  const { discovery } = await import("../../identity/discovery.ts");
  const { openOutbound } = await import("../../outbound/outbound.ts");
  const out = openOutbound(config.outbound.allow);
  const { secretOf, now, ticks } = parts;
  const seals = sealsOf(config);
  const known = new Map<string, () => Promise<Metadata>>();
  const endpointOf = async (issuer: string): Promise<string> => {
    const ask = known.get(issuer) ?? discovery(out.fetch, issuer, now);
    known.set(issuer, ask);
    return (await ask()).address("token_endpoint");
  };
  const stored = (tenant: string, name: string) => storedSecret(secretOf, seals, tenant, name);
  const ports = { fetch: out.fetch, endpointOf, stored, tokenOf, ticks };
  return { of: (server) => credentialOf(server, ports), close: out.close };
}
