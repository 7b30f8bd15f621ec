import { actId, type Instant } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Principal, TenantId } from "../call/principal.ts";
import type { Acts } from "../store/acts.ts";
import type { Person } from "../store/people/people.ts";
import type { Store } from "../store/store.ts";
import { isAcross } from "../call/permission.ts";
import { checkGrant, Ungranted } from "./granting.ts";
import { madeAs } from "./makers.ts";
import { rolesKnown } from "./roles-known.ts";

/** What whoever looks after people and keys stands on. */
export interface DeskParts {
  readonly people: Store["people"];
  readonly credentials: Store["credentials"];
  readonly actsOf: (tenant: TenantId) => Pick<Acts, "write">;
  readonly now: () => Instant;
}

/** What somebody is to be. */
type NewPerson = Pick<Person, "tenant" | "id" | "kind" | "name" | "roles">;

/** Users and service accounts, changed by somebody: nobody gives what they lack, and each change is on record. */
export interface PeopleDesk {
  /** Undefined where there is one of that id already. Rejects with Ungranted, here and below. */
  add(by: Principal, person: NewPerson): Promise<Person | undefined>;
  /** Undefined where there is no such person, here and below. */
  setRoles(
    by: Principal,
    tenant: TenantId,
    id: string,
    roles: readonly string[],
  ): Promise<Person | undefined>;
  setState(by: Principal, tenant: TenantId, id: string, state: Person["state"]): Promise<Person | undefined>;
  remove(by: Principal, tenant: TenantId, id: string): Promise<Person | undefined>;
}

/** Writes down what was done. What was done stays done where that fails; whoever did it is told. */
export async function noted(
  { actsOf, now }: Pick<DeskParts, "actsOf" | "now">,
  by: Principal,
  tenant: TenantId,
  action: string,
  object: string,
  detail: JsonObject,
): Promise<void> {
  const at = now();
  await actsOf(tenant).write({
    kind: "act",
    id: actId(at),
    at,
    principal: by.id,
    action,
    object,
    outcome: "ok",
    detail: { ...detail, source: by.source, ...(by.tenant !== tenant && { from_tenant: by.tenant }) },
  });
}

export function peopleDesk(parts: DeskParts): PeopleDesk {
  const { people, now } = parts;

  /** Somebody as they are, where their roles are no more than those of whoever would change them. */
  async function standing(
    by: Principal,
    tenant: TenantId,
    id: string,
    what: string,
  ): Promise<Person | undefined> {
    const person = await people.get(tenant, id);
    // First of all, so that nobody learns who is there by asking.
    checkGrant(by, { tenant, roles: await rolesKnown(parts, tenant, id), scopes: [] }, `${what} ${id}`);
    const { state, changed_as = "own" } = person ?? { state: "active" };
    if (state === "disabled" && changed_as !== "own" && !isAcross(by))
      throw new Ungranted(
        `${what} ${id}: an administrator of the gate disabled them, and only such a one enables them`,
      );
    return person;
  }

  return {
    async add(by, person) {
      const { tenant, id, kind, roles } = person;
      checkGrant(by, { tenant, roles, scopes: [] }, `making ${id}`);
      const at = now();
      const made: Person = {
        ...person,
        state: "active",
        made_at: at,
        made_by: by.id,
        changed_at: at,
        changed_by: by.id,
        made_as: madeAs(by, tenant),
        changed_as: madeAs(by, tenant),
      };
      if (!(await people.add(made))) return undefined;
      const action = kind === "user" ? "user.made" : "service_account.made";
      await noted(parts, by, tenant, action, id, { roles: [...roles] });
      return made;
    },
    async setRoles(by, tenant, id, roles) {
      checkGrant(by, { tenant, roles, scopes: [] }, `giving ${id} these roles`);
      const before = await standing(by, tenant, id, "changing");
      if (
        before === undefined ||
        !(await people.change(tenant, id, { roles }, { at: now(), by: by.id, as: madeAs(by, tenant) }))
      )
        return undefined;
      await noted(parts, by, tenant, "role.given", id, { roles: [...roles], before: [...before.roles] });
      return await people.get(tenant, id);
    },
    async setState(by, tenant, id, state) {
      const before = await standing(by, tenant, id, "changing");
      if (
        before === undefined ||
        !(await people.change(tenant, id, { state }, { at: now(), by: by.id, as: madeAs(by, tenant) }))
      )
        return undefined;
      const kind = before.kind === "user" ? "user" : "service_account";
      await noted(parts, by, tenant, `${kind}.${state === "active" ? "enabled" : "disabled"}`, id, {});
      return await people.get(tenant, id);
    },
    async remove(by, tenant, id) {
      const before = await standing(by, tenant, id, "removing");
      if (before === undefined || !(await people.remove(tenant, id))) return undefined;
      const kind = before.kind === "user" ? "user" : "service_account";
      await noted(parts, by, tenant, `${kind}.removed`, id, { roles: [...before.roles] });
      return before;
    },
  };
}
