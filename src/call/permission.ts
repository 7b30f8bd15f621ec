import type { Principal, TenantId } from "./principal.ts";

/** What somebody may do with the gate itself, each in a few words. What they may do with servers is policy's to say. */
export const PERMISSIONS = {
  call: "use what servers offer, as far as policy lets them",
  ask: "ask what they may do, ask for access, and decide where policy names them",
  act_as: "ask about somebody else of the tenant, and for them",
  "state.read": "see what the gate serves and runs: servers, policy in force, who can do what",
  "metrics.read": "read measurements",
  "approvals.read": "see every question to people, also where nobody asks them",
  "records.read": "read the records of calls and acts, and prove them; never what was said",
  "payload.open": "open what was said, which is an act on record",
  "payload.personal": "where records and payloads are open: those too that are of persons, by their class",
  "policy.write": "change policy",
  "servers.write": "change servers, and what the gate shows them",
  "people.read": "see users, service accounts and keys",
  "people.write": "make and take back users, service accounts and keys",
  "roles.give": "give roles that mean something to policy only",
  "privacy.read": "see what is kept of whom",
  "privacy.write": "classify and erase what is kept of somebody",
  "tenant.write": "change the tenant: what below it is, what it may use",
  "tenants.write": "make, suspend and delete tenants",
} as const;
export type Permission = keyof typeof PERMISSIONS;

const ASKS: readonly Permission[] = ["ask"];
const USES: readonly Permission[] = ["call", "ask"];
const SEES: readonly Permission[] = ["ask", "state.read", "metrics.read"];
const OPERATES: readonly Permission[] = [
  ...USES,
  ...SEES,
  "act_as",
  "approvals.read",
  "policy.write",
  "servers.write",
];
const GOVERNS: readonly Permission[] = [
  ...OPERATES,
  "records.read",
  "people.read",
  "people.write",
  "roles.give",
  "privacy.read",
  "privacy.write",
  "tenant.write",
];
const EVERYTHING = Object.keys(PERMISSIONS) as readonly Permission[];

/** What the gate's own roles let do, each within its tenant. Every other role means something to policy only. */
export const ROLES = {
  viewer: SEES,
  user: USES,
  operator: OPERATES,
  approver: ASKS,
  tenant_admin: GOVERNS,
  dpo: [...SEES, "payload.personal", "privacy.read", "privacy.write"],
  auditor: [...SEES, "approvals.read", "records.read", "payload.open"],
  admin: EVERYTHING,
} as const satisfies Readonly<Record<string, readonly Permission[]>>;
export type Role = keyof typeof ROLES;

/** Whose administrators are those of the gate: the tenant that there is always. Nobody else's reach beyond their own. */
export const ROOT_TENANT: TenantId = "default";

/** Where nobody shows who they are, whoever reaches the gate's machine sees and uses it, and gives nothing to anybody. */
const ANONYMOUS: ReadonlySet<Permission> = new Set([
  ...USES,
  ...SEES,
  "act_as",
  "approvals.read",
  "records.read",
] as const);
const ALL: ReadonlySet<Permission> = new Set(EVERYTHING);

type Holder = Pick<Principal, "source" | "roles" | "tenant">;

export const isRole = (name: string): name is Role => Object.hasOwn(ROLES, name);

function given(roles: readonly string[], tenant: TenantId): ReadonlySet<Permission> {
  const own = roles.filter(isRole);
  // Who has no role of the gate's, or one that means something to policy, is somebody who calls.
  const names: readonly Role[] = own.length === roles.length && own.length > 0 ? own : [...own, "user"];
  const of = (role: Role): readonly Permission[] =>
    ROLES[role === "admin" && tenant !== ROOT_TENANT ? "tenant_admin" : role];
  return new Set(names.flatMap(of));
}

const known = new WeakMap<readonly string[], Map<TenantId, ReadonlySet<Permission>>>();

/** All that somebody may do in their own tenant. Whoever runs this process has its files, and may do everything. */
export function permissionsOf({ source, roles, tenant }: Holder): ReadonlySet<Permission> {
  if (source === "local-account") return ALL;
  if (source === "anonymous") return ANONYMOUS;
  const mine = known.get(roles) ?? new Map<TenantId, ReadonlySet<Permission>>();
  known.set(roles, mine);
  const found = mine.get(tenant) ?? given(roles, tenant);
  mine.set(tenant, found);
  return found;
}

/** Whether what somebody may do reaches into every tenant: of the gate's own administrators, and of who runs it. */
export function isAcross({ source, roles, tenant }: Holder): boolean {
  return source === "local-account" || (tenant === ROOT_TENANT && roles.includes("admin"));
}

/**
 * The one rule of who may do what with the gate, at every door: MCP, REST, pages and command line. A role holds in its
 * own tenant; those of the gate's own administrators in every one.
 */
export function may(principal: Holder, permission: Permission, tenant: TenantId): boolean {
  // Where nobody shows who they are, a question may be about anybody: it is asked, and nothing is given.
  const free = principal.source === "anonymous" && permission === "act_as";
  if (principal.tenant !== tenant && !free && !isAcross(principal)) return false;
  return permissionsOf(principal).has(permission);
}
