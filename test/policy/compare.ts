import { isDeepStrictEqual } from "node:util";
import fc from "fast-check";
import type { Call } from "../../src/call/call.ts";
import type { Charge } from "../../src/call/charge.ts";
import type { Grant } from "../../src/call/grant.ts";
import type { Finding } from "../../src/call/verdict.ts";
import { compile } from "../../src/policy/compile.ts";
import { parsePolicy } from "../../src/policy/parse.ts";
import type { Policy } from "../../src/policy/policy.ts";
import type { RuleSet } from "../../src/policy/rule.ts";
import { BASE } from "./conditions.ts";
import { calls, findings } from "./generated-calls.ts";
import { grants, policies } from "./generated-policies.ts";
import {
  judge,
  RESOURCE_ARGS,
  type Said,
  type WrittenGrant,
  type WrittenLimit,
  type WrittenPolicy,
  type WrittenRule,
} from "./naive.ts";

const CALLS_OF_A_POLICY = 40;
const DAYS = ["sun", "mon", "tue", "wed", "thu", "fri", "sat"];

function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** `100/hour`, `5/15hour`, as a person writes it. */
function amountText({ most, times, unit }: WrittenLimit): string {
  return `${most}/${times === 1 ? "" : times}${unit}`;
}

function limitText(limit: WrittenLimit): Readonly<Record<string, unknown>> {
  const { kind, most, window, per, burst, once, meter, enforcement, zone } = limit;
  const amount = kind === "concurrency" ? most : amountText(limit);
  return { [kind]: amount, window, per, burst, once, meter, enforcement, timezone: zone };
}

function effectText({ effect }: WrittenRule): Readonly<Record<string, unknown>> {
  switch (effect.kind) {
    case "allow":
      return { allow: true };
    case "deny":
      return { deny: true, why: "No." };
    case "access":
      return { access: { approvers: 1, break_glass: effect.break_glass }, why: "Ask for it." };
    case "ask": {
      const { within, ...rest } = effect.asks;
      const text = within && `${within.count}${within.unit}`;
      return { ask: { ...rest, within: text }, why: "Ask." };
    }
    case "limit":
      return { limit: limitText(effect.limit) };
    case "hours": {
      const { spans, days, zone } = effect.hours;
      const allow = spans.map(({ from, until }) => `${clock(from)}-${clock(until)}`);
      const on = days.length === 0 ? undefined : days.map((day) => DAYS[day] ?? "");
      return { hours: { allow, days: on, timezone: zone } };
    }
  }
}

/** A policy as a file has it. JSON is YAML. */
export function textOf({ fallback, rules }: WrittenPolicy): string {
  return JSON.stringify({
    defaults: { verdict: fallback },
    rules: rules.map((rule) => ({
      name: rule.name,
      match: rule.match,
      when: rule.when?.text,
      ...effectText(rule),
    })),
  });
}

function chargesDiffer(charges: readonly Charge[], { charged }: Said): boolean {
  return (
    charges.length !== charged.length ||
    charges.some((charge, index) => {
      const wanted = charged[index];
      return (
        wanted === undefined ||
        charge.counter !== JSON.stringify(wanted.counter) ||
        charge.rule !== wanted.counter[0] ||
        charge.amount !== wanted.amount ||
        charge.most !== wanted.most ||
        !wanted.isRight(charge)
      );
    })
  );
}

/** What a principal was granted, as it is written and as it stands when a call comes. */
interface Granted {
  readonly written: readonly WrittenGrant[];
  readonly at: (call: Call) => readonly Grant[];
}

export function grantedUnder({ rules }: RuleSet, written: readonly WrittenGrant[]): Granted {
  const versions = new Map(
    rules.map(({ name, effect }) => [name, effect.kind === "access" ? effect.access.version : ""]),
  );
  return {
    written,
    at: (call) =>
      written.map(({ rule, kind, void: other, left_ms, to }, index) => ({
        id: `g${index}`,
        kind,
        rule,
        version: other ? "sha256:other" : (versions.get(rule) ?? ""),
        until: call.at + left_ms,
        ...to,
      })),
  };
}

/** What the gate's policy says and the manual does not, or undefined where they agree. */
function difference(
  written: WrittenPolicy,
  policy: Policy,
  call: Call,
  found: readonly Finding[],
  granted: Granted,
): string | undefined {
  const said = judge(written, call, found, granted.written);
  const own = granted.at(call);
  const verdict = policy.judge(call, found, own);
  const got = `${verdict.kind} ${verdict.rule.rule}`;
  const charges = verdict.kind === "deny" ? [] : (verdict.charges ?? []);
  if (got !== said.verdict) return `got ${got}, the manual says ${said.verdict}`;
  if (chargesDiffer(charges, said))
    return `charges ${JSON.stringify(charges)}, the manual says ${JSON.stringify(said.charged)}`;
  const asks = verdict.kind === "hold" ? verdict.asks : [];
  const terms = asks.map(({ rule, approvers, quorum, within_ms, requester_may_approve }) => {
    return { rule, approvers, quorum, within_ms, requester_may_approve };
  });
  if (!isDeepStrictEqual(terms, said.asks))
    return `asks ${JSON.stringify(asks)}, the manual says ${JSON.stringify(said.asks)}`;
  if (verdict.kind !== "deny" && policy.hides(call.principal, call.server, call.target))
    return "hides what it lets pass or asks about";
  const explained = policy.explain(call, found, call.args, own).verdict;
  return explained.kind === verdict.kind && explained.rule.rule === verdict.rule.rule
    ? undefined
    : "explains another verdict than it gives";
}

/** What a run of comparisons saw, so that none of it passes for want of cases. */
export interface Tally {
  compared: number;
  readonly verdicts: Map<string, number>;
}

/** A policy and calls, compared one by one; a policy that does not load is a difference too. */
export function agreement(
  tally: Tally,
): fc.IPropertyWithHooks<[WrittenPolicy, readonly WrittenGrant[], readonly [Call, readonly Finding[]][]]> {
  const some = fc.array(fc.tuple(calls, findings), {
    minLength: CALLS_OF_A_POLICY,
    maxLength: CALLS_OF_A_POLICY,
  });
  return fc.property(policies, grants, some, (written, given, pairs) => {
    const options = { resourceArgs: (): readonly string[] => RESOURCE_ARGS, root: BASE };
    const sources = [{ file: "policy.yaml", text: textOf(written) }];
    const policy = compile(sources, options);
    const granted = grantedUnder(parsePolicy(sources, options), given);
    for (const [call, found] of pairs) {
      const wrong = difference(written, policy, call, found, granted);
      if (wrong !== undefined) throw new Error(`${wrong}\n${JSON.stringify(call)}\n${textOf(written)}`);
      tally.compared++;
      const verdict = policy.judge(call, found, granted.at(call));
      const { kind, rule } = verdict;
      const by = kind === "allow" && verdict.grant !== undefined ? "by a grant" : "by a rule";
      const shape = `${kind} ${/^r\d+$/.test(rule.rule) ? by : rule.rule}`;
      tally.verdicts.set(shape, (tally.verdicts.get(shape) ?? 0) + 1);
    }
  });
}
