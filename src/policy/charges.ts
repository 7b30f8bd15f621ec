import { type Call, targetName } from "../call/call.ts";
import type { Charge, Window } from "../call/charge.ts";
import type { Instant } from "../call/id.ts";
import { digest, type Json, member } from "../call/json.ts";
import { calendarSpan } from "./calendar.ts";
import { fold } from "./glob.ts";
import { type Limit, MOST, ONCE_MS, type Share } from "./limit.ts";

const SHARE_OF: Readonly<Record<Share, (call: Call) => string>> = {
  global: () => "",
  tenant: ({ principal }) => principal.tenant,
  user: ({ principal }) => principal.id,
  role: ({ principal }) => JSON.stringify([...principal.roles].sort()),
  client: ({ client }) => client?.name ?? "",
  server: ({ server }) => server,
  // Limits take `.`, `_`, `/` and `-` for the same, so their counters do too.
  tool: ({ target }) => fold(targetName(target) ?? ""),
};

function argumentOf({ args }: Call, path: readonly string[]): Json | undefined {
  let value: Json | undefined = args;
  for (const name of path) value = member(value, name);
  return value;
}

/** What the argument that is added up says, or undefined where that is no number that can be added. */
function summed(call: Call, { argument }: Limit): number | undefined {
  const value = argumentOf(call, argument);
  const inexact = call.inexact.includes(argument.join("."));
  if (typeof value !== "number" || !Number.isFinite(value) || value < 0 || value > MOST || inexact)
    return undefined;
  return value;
}

function windowOf(period: Limit["period"], at: Instant): Window {
  switch (period.kind) {
    case "held":
      return { kind: "held" };
    case "sliding":
      return { kind: "sliding", length_ms: period.length_ms };
    case "fixed": {
      const from = Math.floor(at / period.length_ms) * period.length_ms;
      return { kind: "span", from, until: from + period.length_ms };
    }
    case "calendar":
      return { kind: "span", ...calendarSpan(period.unit, period.zone, at) };
  }
}

/** Names come from clients, so a long one is stored by its digest. */
const COUNTER_CHARS = 160;

function named(parts: readonly string[]): string {
  const name = JSON.stringify(parts);
  return name.length <= COUNTER_CHARS ? name : digest(parts);
}

/** The one place that a key has. Like an amount, it is given back where the call came to nothing, so that a next try runs. */
function onceOf(charge: Charge, { once }: Limit, whose: readonly string[], call: Call): readonly Charge[] {
  const key = once.length === 0 ? undefined : argumentOf(call, once);
  if (key === undefined || key === null) return [];
  const { rule } = charge;
  const target = fold(targetName(call.target) ?? "");
  return [
    {
      ...charge,
      counter: named([rule, "once", digest([...whose, call.server, target, key])]),
      window: { kind: "sliding", length_ms: ONCE_MS },
      meter: "argument",
      most: 1,
      amount: 1,
      alert_above: undefined,
      says: `1/day with this args.${once.join(".")}`,
      // The rule's own reason is about how much, not about how often.
      why: "The same call was let through already: find out what came of it.",
    },
  ];
}

/**
 * What a call would take under a rule's limit: one charge, one more where the rate has a burst, and one for its key.
 * Undefined where the argument that is added up is not there or is no number: such a call cannot be counted.
 */
export function chargesOf(
  rule: string,
  limit: Limit,
  why: string | undefined,
  call: Call,
): readonly Charge[] | undefined {
  const { most, period, per, burst, meter, enforcement, alert_at, says } = limit;
  const amount = meter === "api_calls" ? 1 : meter === "argument" ? summed(call, limit) : 0;
  if (amount === undefined) return undefined;
  const whose = per.map((share) => SHARE_OF[share](call));
  const counter = named([rule, ...whose]);
  const alert_above = alert_at === undefined ? undefined : most * alert_at;
  const charge: Charge = {
    rule,
    counter,
    everybody: per.includes("global"),
    window: windowOf(period, call.at),
    meter,
    most,
    amount,
    enforcement,
    alert_above,
    says,
    why,
  };
  const once = onceOf(charge, limit, whose, call);
  if (burst === undefined || period.kind === "held" || period.kind === "calendar") return [...once, charge];
  const every_ms = period.length_ms / most;
  const bucket: Charge = {
    ...charge,
    counter: named([rule, "burst", ...whose]),
    window: { kind: "bucket", every_ms },
    most: burst,
    alert_above: undefined,
    says: `${burst} at once, refilled at ${says}`,
  };
  return [...once, charge, bucket];
}
