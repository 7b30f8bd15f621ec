import { type Call, targetName } from "../call/call.ts";
import type { Charge, Window } from "../call/charge.ts";
import type { Instant } from "../call/id.ts";
import { digest, type Json, member } from "../call/json.ts";
import { calendarSpan } from "./calendar.ts";
import { fold } from "./glob.ts";
import { type Limit, MOST, type Share } from "./limit.ts";

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

/** What the argument that is added up says, or undefined where that is no number that can be added. */
function summed(call: Call, { argument }: Limit): number | undefined {
  let value: Json | undefined = call.args;
  for (const name of argument) value = member(value, name);
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

/**
 * What a call would take under a rule's limit: one charge, and one more where the rate has a burst. Undefined where the
 * argument that is added up is not there or is no number: such a call cannot be counted.
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
  if (burst === undefined || period.kind === "held" || period.kind === "calendar") return [charge];
  const every_ms = period.length_ms / most;
  const bucket: Charge = {
    ...charge,
    counter: named([rule, "burst", ...whose]),
    window: { kind: "bucket", every_ms },
    most: burst,
    alert_above: undefined,
    says: `${burst} at once, refilled at ${says}`,
  };
  return [charge, bucket];
}
