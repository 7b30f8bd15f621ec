import { isObject, type JsonObject, member } from "../../call/json.ts";
import type { Principal, TenantId } from "../../call/principal.ts";
import { included } from "../../identity/demands.ts";
import { becoming } from "../../identity/directory.ts";
import type { ApiKey } from "../../store/people/credentials.ts";
import type { Person } from "../../store/people/people.ts";
import type { CallRecord, Store } from "../../store/store.ts";

/** Somebody of whom the gate knows, and from where: each of them as they would call. */
export interface Known {
  readonly principal: Principal;
  readonly from: "user" | "service-account" | "key" | "record" | "role";
}

/** Calls on record that are looked through, and principals that are told of. */
const RECENT = 2_000;
const MOST_PRINCIPALS = 1_000;

const texts = (value: unknown): readonly string[] =>
  Array.isArray(value) ? value.filter((each) => typeof each === "string") : [];

function ofRecord({ tenant, opened: { principal: id, detail } }: CallRecord): Principal {
  const judged_on = member(detail, "judged_on");
  const on: JsonObject = isObject(judged_on) ? judged_on : {};
  const amr = texts(on["amr"]);
  return {
    id,
    tenant,
    roles: texts(member(detail, "roles")),
    scopes: texts(on["scopes"]),
    source: member(detail, "source") as Principal["source"],
    ...(amr.length > 0 && { amr }),
  };
}

function ofKey(key: ApiKey, implies: Readonly<Record<string, readonly string[]>>): Principal {
  const { id, kind, tenant, principal, roles, scopes, servers, tools, account } = key;
  const confined = servers.length > 0 || tools.length > 0;
  return {
    id: principal,
    tenant,
    roles,
    scopes: included(scopes, implies),
    source: kind === "bootstrap" ? "bootstrap" : "api-key",
    credential: id,
    ...(account === true && { account }),
    ...(confined && { reach: { servers, tools } }),
  };
}

/** Somebody with what the tenant gives them; undefined where they are kept out. */
function here(principal: Principal, people: ReadonlyMap<string, Person>): Principal | undefined {
  try {
    return becoming(principal, people.get(principal.id));
  } catch {
    return undefined;
  }
}

/**
 * The principals of a tenant that the gate knows of: users and service accounts, whose keys are good, who called lately, and
 * somebody with each role that policy names. `roles` are those; `implies` which scopes others include. At most
 * `MOST_PRINCIPALS`.
 */
export async function knownPrincipals(
  store: Pick<Store, "people" | "credentials" | "forTenant">,
  tenant: TenantId,
  {
    roles,
    implies,
    now,
  }: {
    readonly roles: readonly string[];
    readonly implies: Readonly<Record<string, readonly string[]>>;
    readonly now: number;
  },
): Promise<readonly Known[]> {
  const list = await store.people.list(tenant, "", MOST_PRINCIPALS);
  const people = new Map(list.map((person) => [person.id, person]));
  const keys = (await store.credentials.list(tenant)).filter(
    ({ revoked_at, expires_at }) => revoked_at === null && expires_at > now,
  );
  const calls = await store.forTenant(tenant).journal.list({ limit: RECENT });
  const nobody = { tenant, scopes: [], source: "token" } as const;
  const found: readonly Known[] = [
    ...list.map(
      ({ id, kind, roles: own }): Known => ({ principal: { ...nobody, id, roles: own }, from: kind }),
    ),
    ...keys.map((key): Known => ({ principal: ofKey(key, implies), from: "key" })),
    ...calls.toReversed().map((call): Known => ({ principal: ofRecord(call), from: "record" })),
    ...roles.map(
      (role): Known => ({ principal: { ...nobody, id: `role:${role}`, roles: [role] }, from: "role" }),
    ),
  ];
  const seen = new Map<string, Known>();
  for (const { principal, from } of found) {
    const known = from === "role" ? principal : here(principal, people);
    if (known === undefined || seen.size >= MOST_PRINCIPALS) continue;
    const { id, roles: own, scopes, amr = [], reach } = known;
    const key = JSON.stringify([id, own, scopes, amr, reach]);
    if (!seen.has(key)) seen.set(key, { principal: known, from });
  }
  return [...seen.values()];
}
