import type { Access, Grant } from "../call/grant.ts";
import { spanText } from "../document/duration.ts";
import { ask, type ReadyRule } from "./ask.ts";
import type { Facts } from "./facts.ts";
import { anyOf } from "./glob.ts";
import type { Known } from "./impossible.ts";
import { inexactAmong } from "./inexact.ts";
import { climbs } from "./path.ts";
import {
  type AskFault,
  askText,
  stretchOf,
  type Terms,
  termsOf,
  versionOf,
  type WrittenAsk,
} from "./question.ts";
import type { Match } from "./rule.ts";

/** What a rule offers, as it is written. */
export interface WrittenAccess extends WrittenAsk {
  readonly for?: string | undefined;
  readonly break_glass?: boolean | undefined;
}

type Offer = Terms & Pick<Access, "for_ms" | "break_glass">;

const DAY_MS = 86_400_000;

/** Reads what a rule offers: what it wants of people, for how long, and everything that is wrong with it. */
export function offerOf(
  written: WrittenAccess,
  unreachable?: Known["unreachable"],
): { readonly offer: Offer; readonly faults: readonly AskFault[] } {
  const { terms, faults } = termsOf(written, unreachable);
  const more: AskFault[] = [];
  const for_ms =
    written.for === undefined
      ? DAY_MS
      : stretchOf("for", written.for, (path, message, hint) => void more.push({ path, message, hint }));
  const offer = { ...terms, for_ms: for_ms ?? DAY_MS, break_glass: written.break_glass ?? false };
  return { offer, faults: [...faults, ...more] };
}

/** What a rule offers, named. */
export function accessOf(
  rule: string,
  match: Match,
  when: string | undefined,
  why: string,
  offer: Offer,
): Access {
  const version = versionOf(match, when, why, { access: offer });
  return Object.freeze({ rule, version, why, ...offer });
}

/** What is offered, in words: `2 of ana, ben within 1h, for 1d, or at once by breaking the glass`. */
export function accessText(access: Offer): string {
  const glass = access.break_glass ? ", or at once by breaking the glass" : "";
  return `${askText(access)}, for ${spanText(access.for_ms)}${glass}`;
}

function among(globs: readonly string[] | undefined, name: string | undefined): boolean {
  return globs === undefined || (name !== undefined && anyOf(globs)(name));
}

/** As of a rule that allows: every resource must be meant, as it is written, and none be anything but text. */
function meansResources(globs: readonly string[] | undefined, facts: Facts): boolean {
  if (globs === undefined) return true;
  const { call } = facts;
  if (call.target.kind === "tool" && inexactAmong(call, new Set(facts.resourceArgs)) !== undefined)
    return false;
  const matches = anyOf(globs);
  const named = facts.resources();
  return (
    named.length > 0 && facts.resourcesAreText() && named.every((each) => !climbs(each) && matches(each))
  );
}

/** Whether a grant under a rule that applies to a call covers the call. */
function covers(grant: Grant, access: Access, facts: Facts): boolean {
  const { server, method, target, at } = facts.call;
  return (
    grant.rule === access.rule &&
    grant.version === access.version &&
    at < grant.until &&
    (grant.kind === "access" || access.break_glass) &&
    among(grant.servers, server) &&
    among(grant.operations, method) &&
    among(grant.tools, target.kind === "tool" ? target.name : undefined) &&
    meansResources(grant.resources, facts)
  );
}

/** The first rule that offers access to a call, with a grant under it that covers the call. A rule that cannot be asked offers nothing. */
export function granted(
  rules: readonly ReadyRule[],
  grants: readonly Grant[],
  facts: Facts,
): { readonly rule: ReadyRule; readonly grant: Grant } | undefined {
  if (grants.length === 0) return undefined;
  for (const rule of rules) {
    const { effect } = rule.rule;
    if (effect.kind !== "access" || ask(rule, facts).kind !== "applies") continue;
    const grant = grants.find((each) => covers(each, effect.access, facts));
    if (grant !== undefined) return { rule, grant };
  }
  return undefined;
}
