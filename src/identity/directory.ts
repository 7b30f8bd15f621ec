import { isAcross } from "../call/permission.ts";
import { type Principal, whose } from "../call/principal.ts";
import type { People, Person } from "../store/people/people.ts";
import type { Changes } from "./changes.ts";
import { unavailable } from "./fetched.ts";
import { makersOfAccount } from "./makers.ts";
import { Refused } from "./refused.ts";

/** The users and service accounts of a store, as one gate knows them. */
export interface Directory {
  /**
   * Somebody as they are here: with the roles that their tenant gives them, or as they come where it does not know them. Throws
   * or rejects with Refused where they are kept out, or Fault `identity-unavailable` where the store cannot be asked.
   */
  known(principal: Principal): Principal | Promise<Principal>;
  /** Tells of principals among `open`, as `tenant/id`, who may not be here any more, or not as they were. */
  follow(open: () => Iterable<string>, end: (who: string) => void): void;
}

const HELD = 10_000;

/** Who somebody becomes by what is known of them. Throws Refused where they are kept out. */
export function becoming(principal: Principal, person: Person | undefined): Principal {
  const { account, roles } = principal;
  const wrong = (why: string): Refused =>
    new Refused("invalid_token", `${principal.id} of tenant ${principal.tenant} ${why}`);
  // Nobody could tell by the store that they may do more than who disabled them.
  const unlawful = person?.changed_as === "own" && isAcross(principal);
  if (person?.state === "disabled" && !unlawful) throw wrong("is disabled");
  if (account === true && person?.kind !== "service-account")
    throw wrong("is no service account, and the key is for one");
  if (person === undefined) return principal;
  const makers = account === true && { made_by: makersOfAccount(principal, person) };
  if (makers === false && person.roles.every((role) => roles.includes(role))) return principal;
  const all = Object.freeze([...new Set([...roles, ...person.roles])]);
  return Object.freeze({ ...principal, roles: all, ...makers });
}

/** Whether what somebody may do follows from other facts than before. */
function differs(before: Person | undefined, after: Person | undefined): boolean {
  const facts = (person: Person | undefined) =>
    JSON.stringify(person && [person.kind, person.state, person.roles]);
  return facts(before) !== facts(after);
}

export function directory(people: Pick<People, "get">, changes: Changes): Directory {
  let held = new Map<string, Person | undefined>();
  /** Of a principal, and of what was known of it then: policy remembers by the very object. */
  const become = new WeakMap<Principal, { readonly person: Person | undefined; readonly as: Principal }>();
  let pending = false;
  let open: () => Iterable<string> = () => [];
  let end: (who: string) => void = () => undefined;

  function as(principal: Principal, person: Person | undefined): Principal {
    const made = become.get(principal);
    if (made !== undefined && made.person === person) return made.as;
    const now = becoming(principal, person);
    become.set(principal, { person, as: now });
    return now;
  }

  async function ask(tenant: string, id: string): Promise<Person | undefined> {
    const before = changes.seen();
    const person = await people.get(tenant, id).catch((error: unknown) => {
      throw unavailable("the users of the store", error);
    });
    // What was read while people changed may be of before.
    if (before === changes.seen()) held.set(`${tenant}/${id}`, person);
    const [oldest] = held.keys();
    if (held.size > HELD && oldest !== undefined) held.delete(oldest);
    return person;
  }

  let earlier = held;
  changes.each(async (changed) => {
    if (changed) {
      // What was known when the last change was seen through is what is compared with.
      if (!pending) earlier = held;
      held = new Map();
      pending = true;
    }
    if (!pending) return;
    for (const who of open()) {
      const slash = who.indexOf("/");
      if (slash < 0) continue;
      const now = await ask(who.slice(0, slash), who.slice(slash + 1));
      if (now?.state === "disabled" || (earlier.has(who) && differs(earlier.get(who), now))) end(who);
    }
    pending = false;
  });

  return {
    known(principal) {
      const who = whose(principal);
      if (changes.isFresh() && held.has(who)) return as(principal, held.get(who));
      return ask(principal.tenant, principal.id).then((person) => as(principal, person));
    },
    follow(those, ending) {
      open = those;
      end = ending;
    },
  };
}
