import { hash } from "node:crypto";
import { ACTIONS, type Action, type Tier } from "../call/guard.ts";
import type { TenantId } from "../call/principal.ts";
import type { Found, Role } from "../detect/detector.ts";
import type { Leaf } from "../detect/fields.ts";
import type { Looked, Outsider, Whole } from "../detect/outsider.ts";
import type { Ask } from "./ask.ts";
import { bounded } from "./bounded.ts";
import { Nonsense } from "./found.ts";

/** What is known of a plugin, with what the configuration says of it. */
export interface Terms {
  readonly name: string;
  readonly version: string;
  readonly tier: Tier;
  readonly broken: "stop" | "pass";
  readonly roles?: readonly Role[] | undefined;
  /** Milder than its tier, where somebody says so. */
  readonly action?: Action | "off" | undefined;
  readonly threshold?: number | undefined;
  /** What is built in for findings that are no data. */
  readonly otherwise?: Action | undefined;
  /** For all texts of one message. */
  readonly timeout_ms: number;
}

/** What it may do about a finding, at most and if nothing is written. */
const MOST: Readonly<Record<Tier, Action>> = {
  observe: "note",
  annotate: "warn",
  tighten: "block",
  rewrite: "mask",
};
const THRESHOLD = 0.5;
const REMEMBERED = 4_096;

/** Whether an action is one that a tier may lead to. */
export function isWithin(tier: Tier, action: Action): boolean {
  if (tier === "rewrite" || action === "note") return true;
  if (action === "mask") return false;
  return ACTIONS.indexOf(action) <= ACTIONS.indexOf(MOST[tier]);
}

function keyOf(tenant: TenantId, { text, field: { role, name = "", path = [] } }: Leaf): string {
  const place = role === "argument" ? JSON.stringify(path) : name;
  return `${tenant} ${role} ${place} ${hash("sha256", text, "base64url")}`;
}

/** Remembers what was found in a text, and forgets the oldest. */
function memory() {
  const known = new Map<string, readonly Found[]>();
  return {
    get: (key: string) => known.get(key),
    set(key: string, found: readonly Found[]): void {
      const [oldest] = known.size >= REMEMBERED ? known.keys() : [];
      if (oldest !== undefined) known.delete(oldest);
      known.set(key, found);
    },
  };
}

/** What findings lead to, within a tier: the most that it allows, where nothing is written. */
export function actionsOf({ tier, threshold = THRESHOLD, ...of }: Terms): Outsider["actionOf"] {
  const data = of.action === undefined || of.action === "off" ? MOST[tier] : of.action;
  const other = of.action === undefined ? (of.otherwise ?? data) : data;
  return ({ class: what, score }) => {
    const action = what === "secret" || what === "pii" ? data : other;
    return score >= threshold && isWithin(tier, action) ? action : "note";
  };
}

/**
 * A guard that is not built in, within bounds. What it was asked before is remembered. `ticks` is monotonic, ms.
 */
export function outsider(terms: Terms, ask: Ask, ticks: () => number): Outsider {
  const { name, version, tier, broken, roles, timeout_ms } = terms;
  const known = memory();
  const { ask: asked, resting } = bounded(
    async (texts: readonly Leaf[], signal) => {
      const found = await ask(texts, signal);
      if (found.length !== texts.length) throw new Nonsense("it did not speak of each text");
      return found;
    },
    timeout_ms,
    ticks,
  );

  /** Asks about texts that are not known yet; what was found in each, or why it did not look. */
  async function learn(
    tenant: TenantId,
    leaves: readonly Leaf[],
  ): Promise<readonly (readonly Found[])[] | string> {
    const came = await asked(leaves, leaves, tenant);
    if (typeof came === "string") return came;
    for (const [at, leaf] of leaves.entries()) known.set(keyOf(tenant, leaf), came.said[at] ?? []);
    return came.said;
  }

  async function look(texts: readonly Leaf[], _whole?: () => Whole, tenant: TenantId = ""): Promise<Looked> {
    const own = texts.flatMap((leaf, at) =>
      roles?.includes(leaf.field.role) === false ? [] : [{ leaf, at, key: keyOf(tenant, leaf) }],
    );
    if (own.length === 0) return { kind: "none" };
    const began = ticks();
    const before = new Map(
      own.flatMap(({ key }) => {
        const found = known.get(key);
        return found === undefined ? [] : [[key, found] as const];
      }),
    );
    const fresh = own.filter(({ key }) => !before.has(key));
    const learned =
      fresh.length === 0
        ? []
        : await learn(
            tenant,
            fresh.map(({ leaf }) => leaf),
          );
    if (typeof learned === "string") return { kind: "missed", why: learned };
    for (const [at, { key }] of fresh.entries()) before.set(key, learned[at] ?? []);
    const sightings = own.flatMap(({ at, key }) =>
      (before.get(key) ?? []).map((found) => ({ found, leaf: at })),
    );
    return { kind: "looked", sightings, us: Math.round((ticks() - began) * 1000) };
  }

  return {
    name,
    version,
    tier,
    broken,
    actionOf: actionsOf(terms),
    look,
    resting,
  };
}
