import type { Target } from "../call/call.ts";
import type { Principal } from "../call/principal.ts";
import type { Failure } from "./condition.ts";
import type { Facts } from "./facts.ts";
import { anyOf, anyOfFolded, type Matcher } from "./glob.ts";
import { isWithin } from "./hours.ts";
import { ERAS, isExact, METHODS } from "./impossible.ts";
import { inexactAmong } from "./inexact.ts";
import { climbs } from "./path.ts";
import type { MatchKey, Rule } from "./rule.ts";
import { globSpellings, spellings } from "./spelling.ts";

/** What a rule says of one call. */
export type Word =
  | { readonly kind: "applies" }
  | { readonly kind: "no match"; readonly part: MatchKey }
  | { readonly kind: "condition false" }
  | { readonly kind: "within hours" }
  | { readonly kind: "unsure"; readonly failure: Failure };

/** A rule with its globs made ready. `order` is its place in the files. */
export interface ReadyRule {
  readonly rule: Rule;
  readonly order: number;
  readonly server: Matcher | undefined;
  readonly tool: Matcher | undefined;
  readonly prompt: Matcher | undefined;
  readonly method: Matcher | undefined;
  readonly era: Matcher | undefined;
  readonly who: readonly { readonly key: MatchKey; readonly holds: (principal: Principal) => boolean }[];
  readonly resource: ((facts: Facts) => boolean) | undefined;
  readonly uri: Matcher | undefined;
  readonly classification: Matcher | undefined;
}

const APPLIES: Word = Object.freeze({ kind: "applies" });
const CONDITION_FALSE: Word = Object.freeze({ kind: "condition false" });
const WITHIN_HOURS: Word = Object.freeze({ kind: "within hours" });

function differs(part: MatchKey): Word {
  return Object.freeze({ kind: "no match", part });
}
const DIFFERS = {
  server: differs("server"),
  tool: differs("tool"),
  prompt: differs("prompt"),
  method: differs("method"),
  era: differs("era"),
  tenant: differs("tenant"),
  principal: differs("principal"),
  role: differs("role"),
  scope: differs("scope"),
  resource: differs("resource"),
  classification: differs("classification"),
} satisfies Record<MatchKey, Word>;

function who({ match }: Rule): ReadyRule["who"] {
  const parts: { key: MatchKey; holds: (principal: Principal) => boolean }[] = [];
  const add = (
    key: MatchKey,
    globs: readonly string[] | undefined,
    of: (principal: Principal) => readonly string[],
  ): void => {
    if (globs === undefined) return;
    const matches = anyOf(globs);
    parts.push({ key, holds: (principal) => of(principal).some(matches) });
  };
  add("tenant", match.tenant, ({ tenant }) => [tenant]);
  add("principal", match.principal, ({ id }) => [id]);
  add("role", match.role, ({ roles }) => roles);
  add("scope", match.scope, ({ scopes }) => scopes);
  return parts;
}

/**
 * Whether one resource is meant. A rule that denies is asked about every spelling of a name; a rule that allows takes
 * the name as it is written, and none that is not where it seems to be.
 */
function resourceMatcher({ match, effect }: Rule): Matcher | undefined {
  if (match.resource === undefined) return undefined;
  if (!isExact(effect.kind)) return anyOf(match.resource.flatMap(globSpellings));
  const matches = anyOf(match.resource);
  return (resource) => !climbs(resource) && matches(resource);
}

/** To deny, one of several resources is enough; to allow, every one must be meant, and none be anything but text. */
function resources({ effect }: Rule, matches: Matcher | undefined): ReadyRule["resource"] {
  if (matches === undefined) return undefined;
  if (!isExact(effect.kind)) return (facts) => facts.spellings().some(matches);
  return (facts) =>
    facts.resources().length > 0 && facts.resourcesAreText() && facts.resources().every(matches);
}

/** Makes a rule ready to be asked. Names match exactly in rules that allow or offer access, with `.`, `_`, `/` and `-` alike in others. */
export function ready(rule: Rule, order: number): ReadyRule {
  const { match } = rule;
  const exact = isExact(rule.effect.kind);
  const name = exact ? anyOf : anyOfFolded;
  const uri = resourceMatcher(rule);
  return {
    rule,
    order,
    server: match.server && name(match.server),
    tool: match.tool && name(match.tool),
    prompt: match.prompt && name(match.prompt),
    method: match.method && anyOf(match.method),
    era: match.era && anyOf(match.era),
    who: who(rule),
    resource: resources(rule, uri),
    classification: match.classification && anyOf(match.classification),
    uri: exact ? uri : uri && ((name) => spellings(name).some(uri)),
  };
}

/** The first of server, tool and prompt that differs: what the index decides once for every call of a target. */
export function standing(
  { server, tool, prompt }: ReadyRule,
  name: string,
  target: Target,
): Word | undefined {
  if (server?.(name) === false) return DIFFERS.server;
  if (tool !== undefined && !(target.kind === "tool" && tool(target.name))) return DIFFERS.tool;
  if (prompt !== undefined && !(target.kind === "prompt" && prompt(target.name))) return DIFFERS.prompt;
  return undefined;
}

/** What a rule says of a call whose server, tool and prompt it is known to match. Never throws. */
export function ask(ready: ReadyRule, facts: Facts): Word {
  const { call } = facts;
  if (ready.method?.(call.method) === false) return DIFFERS.method;
  if (ready.era?.(call.era) === false) return DIFFERS.era;
  for (const { key, holds } of ready.who) if (!holds(call.principal)) return DIFFERS[key];
  if (ready.resource !== undefined) {
    const path = call.target.kind === "tool" ? inexactAmong(call, new Set(facts.resourceArgs)) : undefined;
    if (path !== undefined) return { kind: "unsure", failure: { kind: "inexact", message: path } };
    if (!ready.resource(facts)) return DIFFERS.resource;
  }
  if (ready.classification?.(facts.classification()) === false) return DIFFERS.classification;
  const { effect } = ready.rule;
  if (effect.kind === "deny" && effect.except !== undefined && isWithin(effect.except, call.at))
    return WITHIN_HOURS;
  if (ready.rule.when === undefined) return APPLIES;
  const answer = ready.rule.when.test(facts);
  if (answer === true) return APPLIES;
  return answer === false ? CONDITION_FALSE : { kind: "unsure", failure: answer };
}

/** How many of the calls of a target by a principal, with any method, era and arguments, a rule applies to. */
export function reach(ready: ReadyRule, principal: Principal, target: Target): "none" | "some" | "all" {
  const { effect, when } = ready.rule;
  let all =
    when === undefined &&
    ready.classification === undefined &&
    (effect.kind !== "deny" || effect.except === undefined);
  if (!ready.who.every(({ holds }) => holds(principal))) return "none";
  const spread = (matches: Matcher | undefined, values: readonly string[] | undefined): boolean => {
    if (matches === undefined) return true;
    if (values === undefined || !values.every(matches)) all = false;
    return values === undefined || values.some(matches);
  };
  const methods = target.kind === "none" || target.kind === "task" ? undefined : METHODS[target.kind];
  if (!spread(ready.method, methods) || !spread(ready.era, ERAS)) return "none";
  if (target.kind === "tool") all &&= ready.uri === undefined;
  else if (!spread(ready.uri, target.kind === "resource" ? [target.uri] : [])) return "none";
  return all ? "all" : "some";
}
