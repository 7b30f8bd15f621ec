import type { Counted, Exhausted } from "../audit/journal.ts";
import type { Charge } from "../call/charge.ts";
import type { Instant } from "../call/id.ts";

/** HTTP fields by their lower-case names. */
export type Fields = Readonly<Record<string, string>>;

/** A client is told of so many limits: those with the least left. */
const MOST_TOLD = 8;

/** The largest integer of a structured field (RFC 9651). */
const MOST = 999_999_999_999_999;

const whole = (amount: number): number => Math.min(MOST, Math.max(0, amount));
const seconds = (ms: number): number => whole(Math.ceil(ms / 1000));

/**
 * Limits that a client can go by: those that refuse, count calls, and count nobody of another tenant, whose traffic is
 * nobody's business.
 */
function isTold({ enforcement, meter, everybody }: Charge): boolean {
  return enforcement === "hard" && meter === "api_calls" && !everybody;
}

/** Quota and window of a limit; a burst is a limit of its own beside its rate. Names of rules need no escape. */
function policyOf(charge: Charge): { readonly name: string; readonly parameters: string } {
  const { rule, window } = charge;
  const most = whole(charge.most);
  switch (window.kind) {
    case "span":
      return { name: `"${rule}"`, parameters: `;q=${most};w=${seconds(window.until - window.from)}` };
    case "sliding":
      return { name: `"${rule}"`, parameters: `;q=${most};w=${seconds(window.length_ms)}` };
    case "bucket":
      return {
        name: `"${rule}:burst"`,
        parameters: `;q=${most};w=${seconds(charge.most * window.every_ms)}`,
      };
    case "held":
      return { name: `"${rule}"`, parameters: `;q=${most};qu="concurrent-requests"` };
  }
}

function fieldsOf(
  limits: readonly {
    readonly charge: Charge;
    readonly left: number;
    readonly resets_ms: number | undefined;
  }[],
): Fields {
  const told = limits
    .filter(({ charge }) => isTold(charge))
    .toSorted((a, b) => a.left - b.left)
    .slice(0, MOST_TOLD)
    .map(({ charge, left, resets_ms }) => {
      const { name, parameters } = policyOf(charge);
      const resets = resets_ms === undefined ? "" : `;t=${seconds(resets_ms)}`;
      return { policy: `${name}${parameters}`, limit: `${name};r=${left}${resets}` };
    });
  if (told.length === 0) return {};
  return {
    "ratelimit-policy": told.map(({ policy }) => policy).join(", "),
    ratelimit: told.map(({ limit }) => limit).join(", "),
  };
}

/**
 * How the limits stand that a call was counted by, for who sent it (draft-ietf-httpapi-ratelimit-headers-10): `r` calls
 * are left, and all that was used is free again in `t` seconds.
 */
export function rateFields(levels: readonly Counted[], at: Instant): Fields {
  return fieldsOf(
    levels.map(({ charge, used, resets }) => ({
      charge,
      left: whole(Math.floor(charge.most - used)),
      resets_ms: resets === undefined ? undefined : resets - at,
    })),
  );
}

/** The limit that refused a call, and when it may be sent again. */
export function refusedFields({ charge, free_at }: Exhausted, at: Instant): Fields {
  const resets_ms = Math.max(1000, free_at - at);
  return {
    ...fieldsOf([{ charge, left: 0, resets_ms }]),
    "retry-after": String(seconds(resets_ms)),
  };
}
