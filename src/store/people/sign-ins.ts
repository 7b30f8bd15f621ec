import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import { once } from "../once.ts";

/** A browser in which somebody is signed in; never what it holds. */
export interface Session {
  readonly tenant: TenantId;
  /** `ses_…`. */
  readonly id: string;
  /** `sha256:…` of the secret in its cookie. */
  readonly digest: string;
  readonly principal: string;
  /** JSON: what else is known of them. */
  readonly facts: string;
  /** The API key that they signed in with, or "". */
  readonly key_id: string;
  readonly made_at: Instant;
  /** To the minute. */
  readonly seen_at: Instant;
  /** Unseen for so long it is over. */
  readonly idle_ms: number;
  readonly ends_at: Instant;
  /** Signed out, or taken back. */
  readonly ended_at: Instant | null;
  readonly ended_by: string | null;
}

/** What somebody's one-time passwords are made from. */
export interface Factor {
  readonly tenant: TenantId;
  readonly principal: string;
  readonly sealed: string;
  readonly made_at: Instant;
  readonly made_by: string;
  /** The step of time whose password was used last: none up to it is taken again. */
  readonly step: number;
  /** Passwords that were wrong, one after the other, and when the last was. */
  readonly wrong: number;
  readonly wrong_at: Instant;
}

/** How many passwords may be wrong, one after the other. */
interface TryBound {
  readonly at: Instant;
  /** What was wrong before this counts no more. */
  readonly since: Instant;
  readonly most: number;
}

/** A key with which gates of the store sign tokens. */
export interface SigningKey {
  readonly id: string;
  /** JWK. */
  readonly public: string;
  /** The private JWK, sealed. */
  readonly sealed: string;
  readonly made_at: Instant;
}

/** Sessions that one `sessions` gives at most. */
export const MAX_SESSIONS = 10_000;

/** Who is signed in where, as far as the gates of a store share it. */
export interface SignIns {
  /** Also forgets sessions that were over before `forget`. */
  begin(session: Session, forget: Instant): Promise<void>;
  session(tenant: TenantId, id: string): Promise<Session | undefined>;
  /** Newest first; of all tenants where none is named. At most `MAX_SESSIONS`. */
  sessions(tenant: TenantId | undefined): Promise<readonly Session[]>;
  seen(tenant: TenantId, id: string, at: Instant): Promise<void>;
  /** False where there is none, or it was ended already. */
  end(tenant: TenantId, id: string, at: Instant, who: string): Promise<boolean>;
  /** Takes the place of the one there was. */
  enrol(factor: Factor): Promise<void>;
  factor(tenant: TenantId, principal: string): Promise<Factor | undefined>;
  /** False where there is none. */
  unenrol(tenant: TenantId, principal: string): Promise<boolean>;
  /** Uses up the password of a step, and all before it; false where it was used, by whichever gate. */
  spendStep(tenant: TenantId, principal: string, step: number): Promise<boolean>;
  /** Counts a password as wrong until it turns out to be right; false where `most` were since `since`, and this is none of them. */
  countTry(tenant: TenantId, principal: string, bound: TryBound): Promise<boolean>;
  /** Newest first. */
  signingKeys(): Promise<readonly SigningKey[]>;
  /** Adds a key, unless one was made since `unless_since`, and forgets those from before `forget`. */
  addSigningKey(key: SigningKey, unless_since: Instant, forget: Instant): Promise<void>;
}

/** Sign-ins whose engine is loaded with the first use. */
export function signInsLater(load: () => Promise<SignIns>): SignIns {
  const engine = once(load);
  return {
    begin: async (session, forget) => await (await engine()).begin(session, forget),
    session: async (tenant, id) => await (await engine()).session(tenant, id),
    sessions: async (tenant) => await (await engine()).sessions(tenant),
    seen: async (tenant, id, at) => await (await engine()).seen(tenant, id, at),
    end: async (tenant, id, at, who) => await (await engine()).end(tenant, id, at, who),
    enrol: async (factor) => await (await engine()).enrol(factor),
    factor: async (tenant, principal) => await (await engine()).factor(tenant, principal),
    unenrol: async (tenant, principal) => await (await engine()).unenrol(tenant, principal),
    spendStep: async (tenant, principal, step) => await (await engine()).spendStep(tenant, principal, step),
    countTry: async (tenant, principal, bound) => await (await engine()).countTry(tenant, principal, bound),
    signingKeys: async () => await (await engine()).signingKeys(),
    addSigningKey: async (key, since, forget) => await (await engine()).addSigningKey(key, since, forget),
  };
}
