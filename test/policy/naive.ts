import type { Ask } from "../../src/call/ask.ts";
import type { Call } from "../../src/call/call.ts";
import type { Charge } from "../../src/call/charge.ts";
import { digest, type Json, member } from "../../src/call/json.ts";
import type { Finding } from "../../src/call/verdict.ts";
import type { Written } from "./conditions.ts";
import { climbs, globMeans, globsOf, oneName, spellingsOf } from "./names.ts";
import { isCalendarUnit, isOpen, lengthOf, type Unit, type WrittenHours } from "./times.ts";

/** The arguments that are resources. */
export const RESOURCE_ARGS = ["path", "name"] as const;

export interface WrittenLimit {
  readonly kind: "rate" | "quota" | "concurrency";
  readonly most: number;
  readonly unit: Unit;
  readonly times: number;
  readonly window: "sliding" | "fixed" | "calendar" | undefined;
  readonly per: readonly ("global" | "tenant" | "user" | "role" | "client" | "server" | "tool")[] | undefined;
  readonly burst: number | undefined;
  readonly once: string | undefined;
  readonly meter: string | undefined;
  readonly enforcement: "hard" | "soft" | "warn" | undefined;
  readonly zone: string | undefined;
}

export interface WrittenAsk {
  readonly approvers: number | readonly string[];
  readonly quorum: number | undefined;
  readonly within: { readonly count: number; readonly unit: "m" | "h" | "d" } | undefined;
  readonly requester_may_approve: boolean | undefined;
}

/** A grant under a rule of the policy; `void`: under other words of it. */
export interface WrittenGrant {
  readonly rule: string;
  readonly kind: "access" | "break_glass";
  readonly void: boolean;
  readonly left_ms: number;
  readonly to: Readonly<Partial<Record<"servers" | "tools" | "resources" | "operations", readonly string[]>>>;
}

export interface WrittenRule {
  readonly name: string;
  readonly match: Readonly<Record<string, string | readonly string[]>>;
  readonly when: Written | undefined;
  readonly effect:
    | { readonly kind: "allow" | "deny" }
    | { readonly kind: "ask"; readonly asks: WrittenAsk }
    | { readonly kind: "access"; readonly break_glass: boolean }
    | { readonly kind: "hours"; readonly hours: WrittenHours }
    | { readonly kind: "limit"; readonly limit: WrittenLimit };
}

export interface WrittenPolicy {
  readonly fallback: "allow" | "deny";
  readonly rules: readonly WrittenRule[];
}

/** What the manual says of a call: `allow reads`, `deny condition-failed`, and what it is charged. */
export interface Said {
  readonly verdict: string;
  readonly asks: readonly Asked[];
  readonly charged: readonly WrittenCharge[];
}

type Asked = Omit<Ask, "version" | "why" | "notify">;

interface WrittenCharge {
  readonly counter: readonly string[];
  readonly amount: number;
  readonly most: number;
  readonly isRight: (charge: Charge) => boolean;
}

type Word = "yes" | "no" | "condition-failed" | "inexact-number";

/** Every text and number inside a value. */
function scalarsIn(value: Json | undefined): readonly string[] {
  if (typeof value === "string" || typeof value === "number") return [String(value)];
  return typeof value === "object" && value !== null ? Object.values(value).flatMap(scalarsIn) : [];
}

/** Each scalar of the resource arguments, and whether there is anything else among them, and what is in that. */
function resourcesOf(call: Call): {
  readonly values: readonly string[];
  readonly inside: readonly string[];
  readonly odd: boolean;
} {
  if (call.target.kind === "resource") return { values: [call.target.uri], inside: [], odd: false };
  if (call.target.kind !== "tool") return { values: [], inside: [], odd: false };
  const values: string[] = [];
  const inside: string[] = [];
  let odd = false;
  for (const name of RESOURCE_ARGS) {
    const value = member(call.args, name);
    if (value === undefined) continue;
    const items: readonly Json[] = Array.isArray(value) ? value : [value];
    if (items.every((item) => typeof item === "string" || typeof item === "number"))
      values.push(...items.map(String));
    else {
      odd = true;
      inside.push(...scalarsIn(value));
    }
  }
  return { values, inside, odd };
}

function isOdd(value: Json | undefined): boolean {
  if (typeof value !== "object" || value === null) return false;
  return Object.hasOwn(value, "__proto__") || Object.values(value).some((inside) => isOdd(inside));
}

function isInexact(call: Call, member: string): boolean {
  return call.inexact.some((path) => path === member || path.startsWith(`${member}.`));
}

/** Rules that open something take names as they are written. */
function opens({ effect }: WrittenRule): boolean {
  return effect.kind === "allow" || effect.kind === "access";
}

function means(rule: WrittenRule, key: string, value: string): boolean {
  const written = rule.match[key];
  if (written === undefined) return true;
  const isName = key === "server" || key === "tool" || key === "prompt";
  const alike = isName && !opens(rule) ? oneName : (name: string) => name;
  return globsOf(written).some((glob) => globMeans(alike(glob), alike(value)));
}

function matches(rule: WrittenRule, call: Call): Word {
  const { match } = rule;
  const { target, principal } = call;
  const among = (key: string, values: readonly string[]): boolean =>
    match[key] === undefined || values.some((value) => means(rule, key, value));
  if (!among("server", [call.server]) || !among("method", [call.method])) return "no";
  if (!among("tool", target.kind === "tool" ? [target.name] : [])) return "no";
  if (!among("prompt", target.kind === "prompt" ? [target.name] : [])) return "no";
  if (!among("era", [call.era]) || !among("tenant", [principal.tenant])) return "no";
  if (!among("principal", [principal.id]) || !among("role", principal.roles)) return "no";
  if (!among("scope", principal.scopes)) return "no";
  if (match["resource"] === undefined) return "yes";
  if (target.kind === "tool" && RESOURCE_ARGS.some((name) => isInexact(call, name))) return "inexact-number";
  const { values, inside, odd } = resourcesOf(call);
  if (!opens(rule))
    return [...values, ...inside].some((value) =>
      spellingsOf(value).some((each) => means(rule, "resource", each)),
    )
      ? "yes"
      : "no";
  if (odd || values.length === 0) return "no";
  return values.every((value) => !climbs(value) && means(rule, "resource", value)) ? "yes" : "no";
}

function ask(rule: WrittenRule, call: Call, findings: readonly Finding[]): Word {
  const word = matches(rule, call);
  if (word !== "yes") return word;
  if (rule.effect.kind === "hours" && isOpen(rule.effect.hours, call.at)) return "no";
  if (rule.when === undefined) return "yes";
  const { reads, holds } = rule.when;
  const { values, odd } = resourcesOf(call);
  const readsResource = reads.includes("resource") && call.target.kind === "tool";
  const members = reads.filter((each) => each !== "resource");
  const inexact = members.includes("*")
    ? call.inexact.length > 0
    : [...members, ...(readsResource ? RESOURCE_ARGS : [])].some((member) => isInexact(call, member));
  if (inexact) return "inexact-number";
  if (readsResource && (odd || values.length > 1)) return "condition-failed";
  if (members.length > 0 && isOdd(call.args)) return "condition-failed";
  const outcome = holds({ call, findings, resources: values });
  return outcome === "error" ? "condition-failed" : outcome ? "yes" : "no";
}

const SHARES = {
  global: () => "",
  tenant: ({ principal }: Call) => principal.tenant,
  user: ({ principal }: Call) => principal.id,
  role: ({ principal }: Call) => JSON.stringify(principal.roles.toSorted()),
  client: ({ client }: Call) => client?.name ?? "",
  server: ({ server }: Call) => server,
  tool: ({ target }: Call) =>
    target.kind === "resource" ? oneName(target.uri) : "name" in target ? oneName(target.name) : "",
} as const;

function rightWindow(limit: WrittenLimit, at: number): (charge: Charge) => boolean {
  const { kind, unit, times } = limit;
  if (kind === "concurrency") return ({ window }) => window.kind === "held";
  const how = limit.window ?? (kind === "rate" ? "sliding" : "calendar");
  const length_ms = times * lengthOf(unit);
  if (how === "sliding") return ({ window }) => window.kind === "sliding" && window.length_ms === length_ms;
  if (how === "calendar") return ({ window }) => isCalendarUnit(window, unit, limit.zone ?? "UTC", at);
  return ({ window }) =>
    window.kind === "span" &&
    window.from % length_ms === 0 &&
    window.until === window.from + length_ms &&
    window.from <= at &&
    at < window.until;
}

function argument(call: Call, path: string): Json | undefined {
  let value: Json | undefined = call.args;
  for (const part of path.slice("args.".length).split(".")) value = member(value, part);
  return value;
}

/** What the key of a call is charged. */
function onceCharges(
  name: string,
  { once }: WrittenLimit,
  whose: readonly string[],
  call: Call,
): readonly WrittenCharge[] {
  const key = once === undefined ? null : (argument(call, once) ?? null);
  if (key === null) return [];
  const { target } = call;
  const named =
    "name" in target ? target.name : "uri" in target ? target.uri : "id" in target ? target.id : "";
  return [
    {
      counter: [name, "once", digest([...whose, call.server, oneName(named), key])],
      amount: 1,
      most: 1,
      isRight: ({ window, enforcement }) =>
        enforcement === "hard" && window.kind === "sliding" && window.length_ms === LENGTHS_MS.d,
    },
  ];
}

/** What a call would be charged; undefined where the argument that is added up cannot be. */
function chargesOf(name: string, limit: WrittenLimit, call: Call): readonly WrittenCharge[] | undefined {
  let amount = limit.meter === undefined || limit.meter === "api_calls" ? 1 : 0;
  if (limit.meter?.startsWith("args.") === true) {
    const value = argument(call, limit.meter);
    const inexact = call.inexact.includes(limit.meter.slice("args.".length));
    if (typeof value !== "number" || value < 0 || value > 1e15 || inexact) return undefined;
    amount = value;
  }
  const per = limit.per ?? ["tenant"];
  const whose = per.map((share) => SHARES[share](call));
  const window = rightWindow(limit, call.at);
  const right = (charge: Charge): boolean =>
    charge.enforcement === (limit.enforcement ?? "hard") && charge.everybody === per.includes("global");
  const charge: WrittenCharge = {
    counter: [name, ...whose],
    amount,
    most: limit.most,
    isRight: (made) => right(made) && window(made),
  };
  const once = onceCharges(name, limit, whose, call);
  if (limit.burst === undefined) return [...once, charge];
  const every_ms = (limit.times * lengthOf(limit.unit)) / limit.most;
  return [
    ...once,
    charge,
    {
      counter: [name, "burst", ...whose],
      amount,
      most: limit.burst,
      isRight: (made) => right(made) && made.window.kind === "bucket" && made.window.every_ms === every_ms,
    },
  ];
}

const LENGTHS_MS = { m: 60_000, h: 3_600_000, d: 86_400_000 } as const;

function asked(rule: string, { approvers, quorum, within, requester_may_approve }: WrittenAsk): Asked {
  const counted = typeof approvers === "number";
  return {
    rule,
    approvers: counted ? ["role:approver"] : approvers,
    quorum: counted ? approvers : (quorum ?? 1),
    within_ms: within === undefined ? LENGTHS_MS.h : within.count * LENGTHS_MS[within.unit],
    requester_may_approve: requester_may_approve === true,
  };
}

/** Whether a grant covers a call, by "Access for a time". */
function isCovered(grant: WrittenGrant, call: Call): boolean {
  const { target, server, method } = call;
  const { servers = ["*"], tools, resources, operations = ["*"] } = grant.to;
  const one = (globs: readonly string[], name: string): boolean =>
    globs.some((glob) => globMeans(glob, name));
  if (grant.void || grant.left_ms <= 0 || !one(servers, server) || !one(operations, method)) return false;
  if (tools !== undefined && !(target.kind === "tool" && one(tools, target.name))) return false;
  if (resources === undefined) return true;
  if (target.kind === "tool" && RESOURCE_ARGS.some((name) => isInexact(call, name))) return false;
  const { values, odd } = resourcesOf(call);
  return !odd && values.length > 0 && values.every((value) => !climbs(value) && one(resources, value));
}

/** The first rule under which what the principal was granted covers a call. */
function openedBy(
  rules: readonly WrittenRule[],
  grants: readonly WrittenGrant[],
  call: Call,
  findings: readonly Finding[],
): string | undefined {
  for (const rule of rules) {
    const { effect } = rule;
    if (effect.kind !== "access" || ask(rule, call, findings) !== "yes") continue;
    for (const grant of grants) {
      if (grant.rule !== rule.name || (grant.kind === "break_glass" && !effect.break_glass)) continue;
      if (isCovered(grant, call)) return rule.name;
    }
  }
  return undefined;
}

/** The verdict on a call by the sentences of "How a verdict comes about" and those of "Asking people" and "Limits". */
export function judge(
  { rules, fallback }: WrittenPolicy,
  call: Call,
  findings: readonly Finding[],
  grants: readonly WrittenGrant[],
): Said {
  const no = (rule: string): Said => ({ verdict: `deny ${rule}`, asks: [], charged: [] });
  for (const rule of rules)
    if (rule.effect.kind === "deny" || rule.effect.kind === "hours")
      if (ask(rule, call, findings) === "yes") return no(rule.name);
  for (const rule of rules) {
    if (rule.effect.kind === "limit" || rule.effect.kind === "access") continue;
    const word = ask(rule, call, findings);
    if (word === "condition-failed" || word === "inexact-number") return no(word);
  }
  const asks: Asked[] = [];
  for (const { name, effect, ...rule } of rules)
    if (effect.kind === "ask" && ask({ name, effect, ...rule }, call, findings) === "yes")
      asks.push(asked(name, effect.asks));
  const allows = rules.find((rule) => rule.effect.kind === "allow" && ask(rule, call, findings) === "yes");
  const free = asks.length === 0 && (allows !== undefined || fallback === "allow");
  const granted = free ? undefined : openedBy(rules, grants, call, findings);
  if (granted !== undefined) asks.length = 0;
  const [question] = asks;
  if (granted === undefined && question === undefined && allows === undefined && fallback === "deny")
    return no("default");
  const charged: WrittenCharge[] = [];
  for (const rule of rules) {
    if (rule.effect.kind !== "limit") continue;
    const word = ask(rule, call, findings);
    if (word === "no") continue;
    if (word !== "yes") return no(word);
    const charges = chargesOf(rule.name, rule.effect.limit, call);
    if (charges === undefined) return no("uncountable");
    charged.push(...charges);
  }
  const verdict =
    question === undefined ? `allow ${granted ?? allows?.name ?? "default"}` : `hold ${question.rule}`;
  return { verdict, asks, charged };
}
