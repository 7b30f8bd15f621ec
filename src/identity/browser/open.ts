import type { RequiredAuth } from "../../config/auth.ts";
import type { SignInSettings } from "../../config/sign-in.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import type { People } from "../../store/people/people.ts";
import type { SignIns } from "../../store/people/sign-ins.ts";
import type { Fetch } from "../fetched.ts";
import { principalOfKey } from "../keyring.ts";
import { Refused } from "../refused.ts";
import { sealer } from "../sealer.ts";
import { CODES_PURPOSE, codes } from "./codes.ts";
import { provider } from "./oidc.ts";
import { sessions } from "./sessions.ts";
import { AWAY_PURPOSE, type SignIn, signIn } from "./sign-in.ts";

interface Ports {
  readonly credentials: Credentials;
  readonly people: Pick<People, "get">;
  readonly signIns: SignIns;
  readonly secret: () => Uint8Array | undefined;
  readonly fetch: Fetch;
  readonly now: () => number;
  readonly ticks: () => number;
}

/** Signing in with a browser, as the configuration has it. */
export function openSignIn(
  { implies }: RequiredAuth,
  { oidc, one_time_passwords, idle_ms, lasts_ms }: SignInSettings,
  { credentials, people, signIns, secret, fetch, now, ticks }: Ports,
): SignIn {
  const bytes = secret();
  if (bytes === undefined) throw new Error("sign-in without a secret of the gates");
  return signIn({
    sessions: sessions({ signIns, credentials, idle_ms, lasts_ms, now }),
    provider: oidc && provider({ oidc, implies, fetch, ticks }),
    provider_name: oidc && new URL(oidc.issuer.issuer).host,
    codes: one_time_passwords ? codes(signIns, sealer(bytes, CODES_PURPOSE), now) : undefined,
    async holderOf(key, address) {
      const holder = await principalOfKey(key, address, { credentials, people, implies, now });
      const kept = await credentials.get(holder.credential ?? "");
      // A session would go on elsewhere, and at other hours.
      if (kept === undefined || kept.networks.length > 0 || kept.hours !== undefined)
        throw new Refused("invalid_token", "a key that is confined to networks or hours signs nobody in");
      if (holder.account === true) throw new Refused("invalid_token", "a service account has no browser");
      // What their tenant gives them is looked up with every request: as it is then, and not as it was now.
      return { ...holder, roles: kept.roles };
    },
    sealed: sealer(bytes, AWAY_PURPOSE),
    spend: (proof, until, at) => credentials.spend(proof, until, at),
    lasts_ms,
    now,
  });
}
