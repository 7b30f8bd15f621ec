import type { Principal } from "../call/principal.ts";
import { ANONYMOUS, localAccount } from "../identity/local.ts";
import type { Extra, Verified } from "./sdk.ts";

/** Who asks, as the program that embeds the gate knows it. What is left out is taken from the credential. */
export interface Asker {
  readonly id: string;
  readonly roles?: readonly string[];
  readonly scopes?: readonly string[];
}

/**
 * Who sent a message: who the program says a verified credential belongs to, else the client that it was given to;
 * without one, whoever runs this process on a pipe, and nobody in particular over HTTP.
 */
export function principalOf(
  extra: Extra | undefined,
  named: ((verified: Verified) => Asker) | undefined,
): Principal {
  const verified = extra?.authInfo;
  if (verified === undefined) return extra?.request === undefined ? localAccount() : ANONYMOUS;
  const asker: Asker = named?.(verified) ?? { id: verified.clientId };
  return {
    id: asker.id,
    tenant: "default",
    roles: asker.roles ?? [],
    scopes: asker.scopes ?? verified.scopes,
    source: "host",
  };
}
