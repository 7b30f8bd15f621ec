import type { RequiredAuth } from "../../config/auth.ts";
import type { TokenEndpointSettings } from "../../config/sign-in.ts";
import type { Credentials } from "../../store/people/credentials.ts";
import type { SignIns } from "../../store/people/sign-ins.ts";
import type { Fetch } from "../fetched.ts";
import { sealer } from "../sealer.ts";
import type { Tokens } from "../tokens.ts";
import { type Grants, grants } from "./grants.ts";
import { KEYS_PURPOSE, ownKeys } from "./own-keys.ts";
import { ownTokens } from "./own-tokens.ts";

interface Ports {
  readonly credentials: Pick<Credentials, "spend">;
  readonly signIns: SignIns;
  readonly secret: () => Uint8Array | undefined;
  readonly fetch: Fetch;
  readonly now: () => number;
}

/** The gate as an authorization server: what gives its tokens, and what takes them back. */
export interface OwnServer {
  readonly issuer: string;
  readonly grants: Grants;
  readonly tokens: Tokens;
}

/** The gate's token endpoint, as the configuration has it. */
export function openGrants(
  { implies, public_url }: RequiredAuth,
  settings: TokenEndpointSettings,
  { credentials, signIns, secret, fetch, now }: Ports,
): OwnServer {
  const bytes = secret();
  if (bytes === undefined || public_url === undefined)
    throw new Error("a token endpoint without secret or name");
  const keys = ownKeys(signIns, sealer(bytes, KEYS_PURPOSE), now);
  const spend: Credentials["spend"] = (proof, until, at) => credentials.spend(proof, until, at);
  return {
    issuer: public_url,
    grants: grants({ settings, implies, issuer: public_url, keys, fetch, spend, now }),
    tokens: ownTokens(public_url, keys),
  };
}
