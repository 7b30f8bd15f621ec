import type { Call } from "../call/call.ts";
import { targetName } from "../call/call.ts";
import { type Instant, noticeId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Refusal } from "../call/verdict.ts";
import type { AlertKind } from "../config/notification-schema.ts";
import type { AlertRule } from "../config/notifications.ts";
import type { Notice } from "../store/counters/claim.ts";
import type { Letter } from "../store/outbox.ts";

/** Something that somebody may want to hear of. */
export interface Happening {
  readonly kind: AlertKind;
  readonly tenant: string;
  readonly topic: string;
  readonly about: string;
  /** Happenings of one kind and tenant with the same key are told once in a cooldown. */
  readonly key: string;
  readonly data: JsonObject;
}

/** What the path of a call tells. Nothing here waits or throws. */
export interface Alerts {
  /** A call was refused. */
  refused(call: Call, refusal: Refusal): void;
  /** A call came near a limit that still let it pass, or went beyond it. */
  limits(call: Call, notices: readonly Notice[]): void;
}

/** Names come from clients and servers, as long as they please. */
const NAME_MOST = 200;

function named(call: Call): Pick<Happening, "tenant" | "about" | "data"> {
  const { principal, server, method, target } = call;
  const tool = targetName(target)?.slice(0, NAME_MOST) ?? "";
  const what = tool === "" ? { method: method.slice(0, NAME_MOST) } : { tool };
  const data = { principal: principal.id.slice(0, NAME_MOST), server, ...what };
  return { tenant: principal.tenant, about: call.id, data };
}

/** A refusal as what it means to who watches, or undefined where it is no matter of policy. */
export function refusedHappening(call: Call, refusal: Refusal): Happening | undefined {
  if (refusal.kind === "hold") return undefined;
  const { cause, rule, why } = refusal;
  const common = named(call);
  const data = { ...common.data, rule: rule.rule, why };
  const key = JSON.stringify([rule.rule, call.principal.id]);
  if (cause.kind === "limit")
    return { ...common, kind: "limit", topic: "limit.exceeded", key, data: { ...data, until: cause.resets } };
  // A name that no server has is a mistake; one that policy hides is not to be known.
  const isPolicy =
    cause.kind === "policy" ||
    cause.kind === "scope" ||
    cause.kind === "content" ||
    (cause.kind === "hidden" && rule.source !== "gateway");
  return isPolicy ? { ...common, kind: "violation", topic: "violation", key, data } : undefined;
}

export function limitHappening(call: Call, { rule, says, kind, used, most }: Notice): Happening {
  const common = named(call);
  const topic = kind === "alert" ? "limit.alert" : "limit.exceeded";
  const data = { ...common.data, rule, limit: says, used: `${used} of ${most}` };
  return { ...common, kind: "limit", topic, key: JSON.stringify([kind, rule, call.principal.id]), data };
}

/** Keys that are remembered, so that what is told already costs no more than a look-up. */
const KEYS_MOST = 10_000;

/** Letters for whoever wants to hear of what happens. Of the same within a cooldown only the first gives any. */
export function alerting(
  rules: readonly AlertRule[],
): (happening: Happening, now: Instant) => readonly Letter[] {
  const told = new Map<string, Instant>();
  return ({ kind, tenant, topic, about, key, data }, now) =>
    rules.flatMap(({ on, to, cooldown_ms }, index) => {
      if (!on.includes(kind)) return [];
      const known = `${index}\n${tenant}\n${topic}\n${key}`;
      if ((told.get(known) ?? Number.NEGATIVE_INFINITY) > now) return [];
      told.delete(known);
      told.set(known, now + cooldown_ms);
      const [oldest] = told.keys();
      if (told.size > KEYS_MOST && oldest !== undefined) told.delete(oldest);
      // Other gates on the same store have seen it too, so the store has the last word.
      const dedupe = `${topic} ${key}`.slice(0, 1000);
      return to.map((channel) => ({
        id: noticeId(now),
        tenant,
        at: now,
        topic,
        about,
        to: channel,
        dedupe,
        cooldown_ms,
        data: { ...data, tenant },
      }));
    });
}
