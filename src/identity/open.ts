import type { Call, Target } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import type { Config } from "../config/config.ts";
import { asksInTheirName } from "../config/upstream-auth.ts";
import type { Store } from "../store/store.ts";
import type { IdentityParts } from "./identify.ts";
import { type Identity, NOBODY_ASKED } from "./identity.ts";
import { outOfReach } from "./reach.ts";

/** Who sends requests, as the configuration has it. What that needs is loaded where somebody has to show it. */
export async function openIdentity(
  { auth, tls, outbound, servers }: Config,
  {
    store,
    secret,
    ...parts
  }: Pick<IdentityParts, "admits" | "log" | "now" | "ticks"> & {
    readonly store: Pick<Store, "credentials" | "people" | "signIns" | "forTenant">;
    readonly secret: () => Uint8Array | undefined;
  },
): Promise<Identity> {
  if (auth.mode === "none") return NOBODY_ASKED;
  const { identityOf } = await import("./identify.ts");
  const { openOutbound } = await import("../outbound/outbound.ts");
  const out = openOutbound(outbound.allow);
  const { credentials, people, signIns } = store;
  const known = { ...parts, credentials, people, fetch: out.fetch };
  const issuing = { ...known, signIns, secret };
  const { sign_in, token_endpoint } = auth;
  const browser = sign_in && (await import("./browser/open.ts")).openSignIn(auth, sign_in, issuing);
  const own = token_endpoint && (await import("./grants/open.ts")).openGrants(auth, token_endpoint, issuing);
  const identity = identityOf({
    ...known,
    actsOf: (tenant) => store.forTenant(tenant).acts,
    browser,
    own,
    auth,
    tls: tls !== undefined,
    lends: servers.some(asksInTheirName),
  });
  return {
    ...identity,
    async close() {
      await identity.close();
      await out.close();
    },
  };
}

/** What credentials lead to, whatever policy says; undefined where nobody has any. */
export async function confinesOf({ auth }: Config): Promise<
  | {
      readonly outOfReach: (principal: Principal, server: string, target: Target) => boolean;
      readonly lacking: (call: Call) => readonly string[] | undefined;
    }
  | undefined
> {
  if (auth.mode === "none") return undefined;
  const { demandsOf } = await import("./demands.ts");
  return { outOfReach, lacking: demandsOf(auth.demands).lacking };
}
