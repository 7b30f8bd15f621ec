import type { Instant } from "../call/id.ts";
import type { Policies, PolicyChange } from "../store/policies.ts";
import { NOTHING } from "./library.ts";
import { appliedTo } from "./line.ts";
import type { Ready } from "./ready.ts";
import { type Act, type Plan, readState, type State, versionIn } from "./state.ts";
import { begun, finished, returned } from "./transition.ts";

/** Who changes policy, and for which gates: those whose own policy is this version, or that have none of their own. */
export interface Acting {
  readonly policies: Policies;
  readonly own: string | undefined;
  readonly who: string;
  readonly message: string;
  readonly now: () => Instant;
}

/** What came of it. `refused` says why nothing was changed. */
export type Acted =
  | {
      readonly kind: "changed";
      readonly from: string;
      readonly to: string;
      readonly state: State;
      /** What was applied over other files, and ends with this. */
      readonly ends: string | undefined;
    }
  | { readonly kind: "same"; readonly version: string }
  | { readonly kind: "refused"; readonly why: string; readonly fix: string };

/** Changes that a search for an earlier version goes back. */
const MOST_CHANGES = 1_000;

const RACED: Acted = {
  kind: "refused",
  why: "somebody else changed the policy at the same moment",
  fix: "portcullis policy versions, then try again",
};

interface Now {
  readonly last: PolicyChange | undefined;
  /** What is applied for these gates; undefined where their own policy is in force. */
  readonly state: State | undefined;
  readonly version: string;
}

/** What is in force for these gates. */
export async function inForceNow({ policies, own }: Pick<Acting, "policies" | "own">): Promise<Now> {
  const [last] = await policies.changes(1);
  const state = appliedTo(own, last)?.state;
  return { last, state, version: state === undefined ? (own ?? NOTHING) : versionIn(state) };
}

async function write(
  { policies, who, message, now }: Acting,
  { last, state: was }: Now,
  act: Act,
  [from, to]: readonly [string, string],
  state: State,
): Promise<Acted> {
  const change = { seq: (last?.seq ?? 0) + 1, at: now(), who, act, before: from, after: to, message };
  if (!(await policies.change({ ...change, state: JSON.stringify(state) }))) return RACED;
  const ends = last === undefined || was !== undefined ? undefined : versionIn(readState(last.state));
  return { kind: "changed", from, to, state, ends };
}

/**
 * Puts a version in force: by a plan, or for everybody at once without one. Refuses a plan while another version is on its way.
 */
export async function apply(acting: Acting, ready: Ready, plan: Plan | undefined): Promise<Acted> {
  const now = await inForceNow(acting);
  const to = ready.policy.version;
  if (now.state?.kind === "rolling" && plan !== undefined)
    return {
      kind: "refused",
      why: `${now.state.to} is on its way already`,
      fix: "portcullis policy apply --now to put it in force, or portcullis policy rollback to take it back",
    };
  if (now.version === to && now.state?.kind !== "rolling") return { kind: "same", version: to };
  await acting.policies.keep({ version: to, at: acting.now(), who: acting.who, texts: ready.sources });
  const state = begun(now.version, to, acting.own ?? null, plan, acting.now());
  return await write(acting, now, "apply", [now.version, to], state);
}

/** Puts what is on its way in force for everybody. */
export async function promote(acting: Acting): Promise<Acted> {
  const now = await inForceNow(acting);
  if (now.state?.kind !== "rolling")
    return { kind: "refused", why: "no version is on its way", fix: "portcullis policy apply FILES" };
  return await write(acting, now, "promote", [now.state.from, now.state.to], finished(now.state));
}

/** The version that was in force before this one came to be. */
async function before({ policies }: Acting, version: string): Promise<string | undefined> {
  const puts: ReadonlySet<string> = new Set<Act>(["apply", "finish", "promote"]);
  const changes = await policies.changes(MOST_CHANGES);
  return changes.find(({ act, after }) => puts.has(act) && after === version)?.before;
}

/** Takes back what is on its way; where nothing is, puts an earlier version in force: the one named, or the last before. */
export async function rollback(acting: Acting, to: string | undefined): Promise<Acted> {
  const now = await inForceNow(acting);
  if (now.state?.kind === "rolling" && (to === undefined || to === now.state.from))
    return await write(acting, now, "rollback", [now.state.to, now.state.from], returned(now.state));
  const version = to ?? (await before(acting, now.version));
  if (version === undefined || version === NOTHING)
    return { kind: "refused", why: "there is no version before this one", fix: "portcullis policy versions" };
  if (version === now.version && now.state?.kind !== "rolling") return { kind: "same", version };
  const state: State = { kind: "settled", version, over: acting.own ?? null };
  return await write(acting, now, "rollback", [now.version, version], state);
}
