import type { Principal } from "../call/principal.ts";
import { may } from "../call/permission.ts";
import { Refused } from "./problem.ts";

/** Somebody whom a question is about, as its asker puts it. */
export interface Claimed {
  readonly id: string;
  readonly roles?: readonly string[] | undefined;
  readonly scopes?: readonly string[] | undefined;
}

function same(claimed: readonly string[] | undefined, own: readonly string[]): boolean {
  return (
    claimed === undefined || (claimed.length === own.length && claimed.every((each) => own.includes(each)))
  );
}

/**
 * Whom a question is about. What the body says is a claim: it must be what the credential says, unless that one may act
 * for others; then the principal is `asserted`, which policy and record see. Throws Refused `not-for-others`.
 */
export function principalOf(credential: Principal, tenant: string, claimed: Claimed | undefined): Principal {
  const own =
    tenant === credential.tenant &&
    (claimed === undefined ||
      (claimed.id === credential.id &&
        same(claimed.roles, credential.roles) &&
        same(claimed.scopes, credential.scopes)));
  if (own) return credential;
  if (!may(credential, "act_as", tenant))
    throw new Refused("not-for-others", "The question is about somebody else than this credential.");
  // Without authentication nobody is anybody.
  const by = credential.source === "anonymous" ? {} : { asserted_by: credential.id };
  if (claimed === undefined) return { ...credential, tenant, source: "asserted", ...by };
  const { id, roles = [], scopes = [] } = claimed;
  return {
    id,
    tenant,
    roles,
    scopes,
    source: "asserted",
    ...by,
    ...(credential.made_by && { made_by: credential.made_by }),
    ...(credential.reach && { reach: credential.reach }),
  };
}
