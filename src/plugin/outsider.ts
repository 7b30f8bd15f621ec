import { hash } from "node:crypto";
import { ACTIONS, type Action, type Tier } from "../call/guard.ts";
import type { Found, Role } from "../detect/detector.ts";
import type { Leaf } from "../detect/fields.ts";
import type { Looked, Outsider } from "../detect/outsider.ts";
import type { Ask } from "./ask.ts";
import { bounded } from "./bounded.ts";

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
/** Of one message. */
const TEXTS = 4_096;
const UNITS = 1024 * 1024;
/** Messages that wait for it. */
const WAITING = 64;
const REMEMBERED = 4_096;

/** Whether an action is one that a tier may lead to. */
export function isWithin(tier: Tier, action: Action): boolean {
  if (tier === "rewrite" || action === "note") return true;
  if (action === "mask") return false;
  return ACTIONS.indexOf(action) <= ACTIONS.indexOf(MOST[tier]);
}

function keyOf({ text, field: { role, name = "", path = [] } }: Leaf): string {
  return `${role} ${role === "argument" ? JSON.stringify(path) : name} ${hash("sha256", text, "base64url")}`;
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

/**
 * A guard that is not built in, within bounds: time, texts, how many wait. What it was asked before is remembered; after five failures
 * in a row it is left alone for half a minute. `ticks` is monotonic, ms.
 */
export function outsider(terms: Terms, ask: Ask, ticks: () => number): Outsider {
  const { name, version, tier, broken, roles, timeout_ms, threshold = THRESHOLD } = terms;
  const action = terms.action === undefined || terms.action === "off" ? MOST[tier] : terms.action;
  const known = memory();
  let waiting = 0;
  const { ask: asked, resting } = bounded(ask, timeout_ms, ticks);

  /** Asks about texts that are not known yet; what was found in each, or why it did not look. */
  async function learn(leaves: readonly Leaf[]): Promise<readonly (readonly Found[])[] | string> {
    if (leaves.length > TEXTS || leaves.reduce((sum, { text }) => sum + text.length, 0) > UNITS)
      return "there is more text than it is given";
    if (resting()) return "it failed too often and is left alone for a while";
    if (waiting >= WAITING) return "too many messages wait for it";
    waiting += 1;
    try {
      const found = await asked(leaves);
      for (const [at, leaf] of leaves.entries()) known.set(keyOf(leaf), found[at] ?? []);
      return found;
    } catch (error) {
      return (error as Error).message;
    } finally {
      waiting -= 1;
    }
  }

  async function look(texts: readonly Leaf[]): Promise<Looked> {
    const own = texts.flatMap((leaf, at) =>
      roles?.includes(leaf.field.role) === false ? [] : [{ leaf, at, key: keyOf(leaf) }],
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
    const learned = fresh.length === 0 ? [] : await learn(fresh.map(({ leaf }) => leaf));
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
    actionOf: ({ score }) => (score >= threshold && isWithin(tier, action) ? action : "note"),
    look,
    resting,
  };
}
