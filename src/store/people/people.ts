import type { Instant } from "../../call/id.ts";
import type { TenantId } from "../../call/principal.ts";
import { once } from "../once.ts";
import type { MadeAs } from "./credentials.ts";

/** A person, or a program, that a tenant knows, and what it gives them beside what their credentials say. */
export interface Person {
  readonly tenant: TenantId;
  /** As credentials name them. */
  readonly id: string;
  /** A service account is what API keys are made for; a user signs in elsewhere. */
  readonly kind: "user" | "service-account";
  /** For people. */
  readonly name: string;
  readonly roles: readonly string[];
  /** `disabled`: whatever they present, they are not let in. */
  readonly state: "active" | "disabled";
  readonly made_at: Instant;
  readonly made_by: string;
  readonly changed_at: Instant;
  readonly changed_by: string;
  /** Absent, here and below: of a time when it was not noted. */
  readonly made_as?: MadeAs;
  readonly changed_as?: MadeAs;
}

/** Who changes somebody, and when. */
interface ChangeOf {
  readonly at: Instant;
  readonly by: string;
  readonly as?: MadeAs;
}

/** People that one `list` gives at most. */
export const MAX_PEOPLE = 10_000;

/** Users and service accounts of all tenants. Each change grows `Credentials.changes()`. */
export interface People {
  /** False where there is one of that id already. */
  add(person: Person): Promise<boolean>;
  get(tenant: TenantId, id: string): Promise<Person | undefined>;
  /** In the order of their ids, those beyond `after`. At most `MAX_PEOPLE`. */
  list(tenant: TenantId, after: string, limit: number): Promise<readonly Person[]>;
  /** Those of all tenants, at most `MAX_PEOPLE`. */
  all(): Promise<readonly Person[]>;
  /** False where there is no such person. */
  change(
    tenant: TenantId,
    id: string,
    to: Partial<Pick<Person, "roles" | "state">>,
    of: ChangeOf,
  ): Promise<boolean>;
  /** False where there is no such person. */
  remove(tenant: TenantId, id: string): Promise<boolean>;
}

/** People whose engine is loaded with the first use. */
export function peopleLater(load: () => Promise<People>): People {
  const engine = once(load);
  return {
    add: async (person) => await (await engine()).add(person),
    get: async (tenant, id) => await (await engine()).get(tenant, id),
    list: async (tenant, after, limit) => await (await engine()).list(tenant, after, limit),
    all: async () => await (await engine()).all(),
    change: async (tenant, id, to, of) => await (await engine()).change(tenant, id, to, of),
    remove: async (tenant, id) => await (await engine()).remove(tenant, id),
  };
}
