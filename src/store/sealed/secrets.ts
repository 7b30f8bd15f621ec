import type { TenantId } from "../../call/principal.ts";
import type { KeptSecret, Secrets } from "../secrets.ts";
import type { Sealer } from "./sealer.ts";

/** Under whose key a tenant's secrets are: no principal's, so that erasing somebody takes none of them away. */
const KEEPER = "portcullis:secrets";
/** Whose key, and the token. Those of the time before, and of a store without keys, are as they were put. */
const TOKEN = /^(sub_\S+) (\S+)$/;

/** Secrets sealed with a key of their tenant, over what they are sealed with already. */
export function sealedSecrets(inner: Secrets, tenant: TenantId, sealer: Sealer): Secrets {
  async function opened(kept: KeptSecret): Promise<KeptSecret> {
    const [, id = "", token = ""] = TOKEN.exec(kept.sealed) ?? [];
    if (id === "") return kept;
    const keeper = (await sealer.by(tenant, [id])).get(id);
    // Nobody opens what its key is gone for; it can be set again.
    return { ...kept, sealed: keeper?.unseal(token) ?? "" };
  }
  return {
    ...inner,
    async put(secret) {
      const keeper = await sealer.of(tenant, KEEPER);
      return await inner.put({ ...secret, sealed: `${keeper.id} ${keeper.seal(secret.sealed)}` });
    },
    async get(name) {
      const kept = await inner.get(name);
      return kept && (await opened(kept));
    },
  };
}
