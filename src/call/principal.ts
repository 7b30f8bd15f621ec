/** Whose data a record is. `default` where tenants are not set up. */
export type TenantId = string;

/** What a credential leads to at most, whatever policy says. Globs; an empty list confines nothing. */
export interface Reach {
  readonly servers: readonly string[];
  /** Where there are any, these tools are all that can be used. */
  readonly tools: readonly string[];
}

/** Who made somebody's credential, and so may use it in their name. */
export interface Maker {
  /** Of the same tenant; "" where nobody knows any more. */
  readonly id: string;
  /** Looks after the gate itself, and makes keys for everybody. */
  readonly gate?: true;
}

/** Who asks, and how that is known. Every relaxation has a name, so that policy and journal see it. */
export interface Principal {
  readonly id: string;
  readonly tenant: TenantId;
  readonly roles: readonly string[];
  readonly scopes: readonly string[];
  /**
   * `token`: an access token of a configured issuer. `mtls`: a client certificate. `bootstrap`: the key that a new gate
   * is set up with. `session`: a browser in which somebody signed in. `host`: the program that the gate is embedded in has verified a credential. `asserted`: somebody who
   * may act for others says so, in a question about them.
   */
  readonly source:
    | "local-account"
    | "anonymous"
    | "host"
    | "token"
    | "api-key"
    | "bootstrap"
    | "mtls"
    | "session"
    | "asserted";
  /** How they signed in (RFC 8176), as their issuer says. Absent where nobody says. */
  readonly amr?: readonly string[];
  /** How surely, in the words of their issuer (OpenID Connect Core §2). Absent where nobody says. */
  readonly acr?: string;
  /** When they signed in, ms. Absent where nobody says. */
  readonly auth_at?: number;
  /** Absent: the credential confines nothing. */
  readonly reach?: Reach;
  /** What can be taken back by itself: the id of an API key, or of a session. */
  readonly credential?: string;
  /** Who made it, who made the key that made it, and so on: a key is known to whoever made it. Absent: nobody of the tenant. */
  readonly made_by?: readonly Maker[];
  /** Stands for the access token that was shown, and is empty: only `identity/bearer.ts` knows the token. Absent: nobody needs it. */
  readonly bearer?: object;
  /** It is a service account's credential, which opens nothing without the account. */
  readonly account?: true;
  /** Where the request came from: the client's own address, as far as trusted proxies tell it. Absent: nobody knows. */
  readonly address?: string;
  /** When the token ends that was shown, ms. Absent: it was another credential, or none. */
  readonly expires?: number;
  /** Whose word it is, where somebody who may act for others says so. */
  readonly asserted_by?: string;
}

/** Whether its source can say how somebody signed in; of an account, a key or a certificate nobody does. */
export function saysHow({ source }: Pick<Principal, "source">): boolean {
  return source === "token" || source === "session" || source === "host" || source === "asserted";
}

/** What is kept for a principal is kept under this: two tenants may call different people the same. */
export function whose({ tenant, id }: Pick<Principal, "tenant" | "id">): string {
  return `${tenant}/${id}`;
}
