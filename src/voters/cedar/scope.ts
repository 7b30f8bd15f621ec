import type {
  ActionConstraint,
  EntityUidJson,
  PolicyJson,
  PrincipalConstraint,
  ResourceConstraint,
} from "@cedar-policy/cedar-wasm/nodejs";
import { uidText } from "./library.ts";

/** What a policy's head demands of one of principal, action and resource; a part that is absent is not demanded. */
interface Demand {
  readonly type?: string;
  /** It is this one, as `uidText`. */
  readonly is?: string;
  /** It is one of these or lies in one of them, as `uidText`. */
  readonly within?: readonly string[];
}

/** The head of a policy. */
export interface Scope {
  readonly principal: Demand;
  readonly action: Demand;
  readonly resource: Demand;
}

/** One of principal, action and resource, with all that it lies in. */
export interface Standing {
  readonly type: string;
  readonly uid: string;
  /** Itself too. */
  readonly within: ReadonlySet<string>;
}

/** Who asks, what for, and about what. */
export interface Question {
  readonly principal: Standing;
  readonly action: Standing;
  readonly resource: Standing;
}

function uidOf(entity: EntityUidJson): string {
  return uidText("__entity" in entity ? entity.__entity : entity);
}

function demandOf(constraint: PrincipalConstraint | ActionConstraint | ResourceConstraint): Demand {
  switch (constraint.op) {
    case "All":
      return {};
    case "==":
      return "entity" in constraint ? { is: uidOf(constraint.entity) } : {};
    case "in":
      if ("entities" in constraint) return { within: constraint.entities.map(uidOf) };
      return "entity" in constraint ? { within: [uidOf(constraint.entity)] } : {};
    case "is": {
      const { entity_type: type, in: place } = constraint;
      return place !== undefined && "entity" in place ? { type, within: [uidOf(place.entity)] } : { type };
    }
  }
}

export function scopeOf({ principal, action, resource }: PolicyJson): Scope {
  return { principal: demandOf(principal), action: demandOf(action), resource: demandOf(resource) };
}

function meets({ type, is, within }: Demand, standing: Standing): boolean {
  if (type !== undefined && type !== standing.type) return false;
  if (is !== undefined && is !== standing.uid) return false;
  return within === undefined || within.some((uid) => standing.within.has(uid));
}

const ANY = "";

/** The entities under which a policy is found: the most telling part of its head that names any. */
function keysOf({ principal, action, resource }: Scope): readonly string[] {
  for (const { is, within } of [resource, principal, action]) {
    if (is !== undefined) return [is];
    if (within !== undefined) return [...new Set(within)];
  }
  return [ANY];
}

/**
 * Finds the policies whose head a question meets, in their order: all the others can have no say in the answer. What
 * it costs does not grow with policies that name other entities.
 */
export function indexByScope<P extends { readonly scope: Scope; readonly order: number }>(
  policies: readonly P[],
): (question: Question) => readonly P[] {
  const places = new Map<string, P[]>();
  for (const policy of policies) {
    for (const key of keysOf(policy.scope)) {
      const there = places.get(key);
      if (there === undefined) places.set(key, [policy]);
      else there.push(policy);
    }
  }
  return ({ principal, action, resource }) => {
    const found = new Set(places.get(ANY));
    for (const { within } of [resource, principal, action])
      for (const uid of within) for (const policy of places.get(uid) ?? []) found.add(policy);
    return [...found]
      .filter(
        ({ scope }) =>
          meets(scope.resource, resource) && meets(scope.action, action) && meets(scope.principal, principal),
      )
      .toSorted((a, b) => a.order - b.order);
  };
}
