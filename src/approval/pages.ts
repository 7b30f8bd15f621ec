import type { ApprovalId, Instant } from "../call/id.ts";
import type { TenantId } from "../call/principal.ts";
import { type Links, links, type Purpose } from "./link.ts";

/** The pages of questions, and where they are. */
export interface Pages {
  /** Undefined where there is no secret to sign with. */
  readonly links: () => Links | undefined;
  /** The whole address of a page; undefined where nobody could reach it. */
  readonly urlOf: (
    purpose: Purpose,
    tenant: TenantId,
    id: ApprovalId,
    until: Instant,
  ) => Promise<string> | undefined;
  /** Says where the gate listens, for where nobody wrote how it is reached. */
  readonly reachedAt: (url: string) => void;
}

/** `secret` is asked for with the first link; `public_url` is where the gate is reached, without a slash at the end. */
export function pages(secret: () => Uint8Array | undefined, public_url: string | undefined): Pages {
  let base = public_url;
  let known: Links | undefined;
  const made = (): Links | undefined => {
    if (known !== undefined) return known;
    const bytes = secret();
    return bytes === undefined ? undefined : (known = links(bytes));
  };
  return {
    links: made,
    urlOf(purpose, tenant, id, until) {
      const at = base;
      const found = at === undefined ? undefined : made();
      if (found === undefined) return undefined;
      return found.pathOf({ tenant, id, purpose }, until).then((path) => `${at}${path}`);
    },
    reachedAt(url) {
      base ??= url;
    },
  };
}
