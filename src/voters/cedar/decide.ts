import type { AuthorizationAnswer, EntityJson } from "@cedar-policy/cedar-wasm/nodejs";
import type { Call } from "../../call/call.ts";
import { ALLOW, reason, unclear, type Vote } from "../vote.ts";
import { type Hierarchy, idOf } from "./entities.ts";
import { type Cedar, uidText } from "./library.ts";
import type { CedarPolicy } from "./read.ts";
import { requestOf } from "./request.ts";
import { indexByScope, type Question, type Standing } from "./scope.ts";
import { slices } from "./slices.ts";

/** A forbid says why; where nothing permits, there is no policy that could. */
function refusal(first: CedarPolicy | undefined): Vote {
  if (first === undefined) return { kind: "deny", why: "No Cedar policy permits it." };
  return { kind: "deny", why: reason(first.why ?? `Forbidden by the Cedar policy ${first.name}.`) };
}

/** As far as it may be written down: what an extension function or an overflow says quotes arguments. */
function failureOf(message: string): string {
  if (/^type error: |does not have the attribute |does not exist$/.test(message)) return message;
  return message.includes("overflow") ? "a number is too large" : "a function was given what it cannot read";
}

/** What Cedar leaves out: a policy that could not be evaluated may have been the one that forbids. */
function heard(answer: AuthorizationAnswer, byId: (id: string) => CedarPolicy | undefined): Vote {
  if (answer.type === "failure") return unclear("could not be asked", answer.errors[0]?.message);
  const { decision, diagnostics } = answer.response;
  const [said] = diagnostics.reason;
  if (decision === "deny" && said !== undefined) return refusal(byId(said));
  const [error] = diagnostics.errors;
  if (error !== undefined) {
    const detail = `${byId(error.policyId)?.name ?? ""}: ${failureOf(error.error.message)}`;
    return unclear("has a policy that could not be evaluated", detail);
  }
  return decision === "allow" ? ALLOW : refusal(undefined);
}

/** Makes policies ready to be asked. What is given throws Unspeakable for calls that Cedar has no words for. */
export function decider(
  cedar: Cedar,
  policies: readonly CedarPolicy[],
  world: Hierarchy,
): (call: Call) => Vote {
  const find = indexByScope(policies);
  const sliced = slices(cedar);
  const byId = (id: string): CedarPolicy | undefined => policies[Number(id.slice(1))];

  function standing(entity: EntityJson): Standing {
    const uid = idOf(entity.uid);
    return { type: uid.type, uid: uidText(uid), within: world.within(entity) };
  }

  /** Those that can be come by from the call and from the policies. */
  function known(own: readonly EntityJson[], meeting: readonly CedarPolicy[]): readonly EntityJson[] {
    const seeds = new Set(meeting.flatMap(({ names }) => [...names]));
    for (const entity of own) for (const uid of world.linked(entity)) seeds.add(uid);
    const ids = new Set(own.map(({ uid }) => uidText(idOf(uid))));
    return world.reached(seeds).filter(({ uid }) => !ids.has(uidText(idOf(uid))));
  }

  return (call) => {
    const request = requestOf(call);
    const principal = world.joined(request.principal);
    const action = world.joined(request.action);
    const resource = world.joined(request.resource);
    const question: Question = {
      principal: standing(principal),
      action: standing(action),
      resource: standing(resource),
    };
    const meeting = find(question);
    if (meeting.length === 0) return refusal(undefined);
    const own = [principal, action, resource];
    const answer = cedar.statefulIsAuthorized({
      principal: idOf(principal.uid),
      action: idOf(action.uid),
      resource: idOf(resource.uid),
      context: request.context,
      validateRequest: false,
      preparsedPolicySetId: sliced(meeting),
      entities: [...own, ...known(own, meeting)],
    });
    return heard(answer, byId);
  };
}
