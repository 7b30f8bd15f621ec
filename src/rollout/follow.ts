import { Problems } from "../document/problem.ts";
import { GATE, OWN_POLICY, type PolicyChange } from "../store/policies.ts";
import { every } from "./every.ts";
import { forcedBy, type Regime, type Rollout, wordsOf } from "./in-force.ts";
import { type Library, library } from "./library.ts";
import { changesIn } from "./own.ts";
import { bounded, type Ready, readied } from "./ready.ts";
import type { Reigns } from "./reign.ts";
import { reasonOf, type Setting } from "./setting.ts";
import { due } from "./transition.ts";
import { type Troubles, troubles } from "./troubles.ts";

/** What a gate follows, for who asks how it is. */
export interface Following {
  /** Where what is in force comes from: `files`, a Git folder, or the `store`. */
  readonly from: string;
  /** The version that decides for everybody, or for those outside a share. */
  readonly version: string;
  readonly rollout?: Rollout;
  /** Why what is in force is not what it should be. */
  readonly problem?: string;
}

export interface Follower {
  /** What holds for a principal now: a look-up. */
  readonly reigns: Reigns;
  readonly status: () => Following;
  /** Tells what was counted, then follows no more. */
  close(): Promise<void>;
}

/** How often a gate looks for changes. */
const LOOK_MS = 500;

/** One process's place in all this. */
interface Post {
  readonly setting: Setting;
  readonly library: Library;
  readonly look: ReturnType<typeof changesIn> | undefined;
  readonly troubles: Troubles;
  /** The gate's own policy as it should be, and the change that was seen last: what was tried, with success or without. */
  own: Ready | undefined;
  tried: { readonly own: Ready | undefined; readonly seq: number };
  inForce: Regime;
}

async function keep({ policies, now }: Setting, own: Ready): Promise<void> {
  const { version } = own.policy;
  await policies.keep({ version, at: now(), who: OWN_POLICY, texts: own.sources });
}

async function lookAtOwn(post: Post): Promise<void> {
  const { setting } = post;
  const seen = await post.look?.();
  if (seen === undefined) return;
  try {
    if (seen.kind === "wrong") throw seen.problems;
    post.own = readied(seen.sources, setting.options, setting.now());
    post.troubles.over("own");
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    post.troubles.note("own", reasonOf(error));
  }
}

async function lookAtStore(post: Post): Promise<void> {
  const { setting, tried, own } = post;
  const [last] = await setting.policies.changes(1);
  const seq = last?.seq ?? 0;
  if (seq === tried.seq && own === tried.own) return;
  try {
    if (own !== undefined && own !== tried.own) await keep(setting, own);
    const next = await forcedBy(own, last, post.library);
    post.troubles.over("applied");
    take(post, next, seq === tried.seq ? undefined : last);
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    post.troubles.note("applied", reasonOf(error));
  }
  post.tried = { own, seq };
}

function take(post: Post, next: Regime, change: PolicyChange | undefined): void {
  const { setting, inForce: before } = post;
  // A change that is not for this gate.
  if (next.applied === undefined && before.applied === undefined && next.own === before.own) return;
  // What was counted last belongs to the change before; nobody waits for it.
  void before.counting.tell(setting.policies).catch(() => undefined);
  post.inForce = next;
  const why =
    change === undefined || next.applied === undefined
      ? {}
      : { act: change.act, who: change.who, message: change.message };
  setting.log.info(
    { before: wordsOf(before).version, ...wordsOf(next), ...why },
    "policy: what is in force changed",
  );
}

/** Tells what was counted, and takes the step that is due, unless another gate took it. */
async function takePart(post: Post): Promise<void> {
  const { setting, tried, inForce } = post;
  const { applied, counting } = inForce;
  if (applied === undefined || applied.state.kind === "settled" || applied.seq !== tried.seq) return;
  const { seq, state } = applied;
  await counting.tell(setting.policies);
  const step = due(state, await setting.policies.tallies(seq), setting.now());
  if (step === undefined) return;
  const { act, message } = step;
  const [before, after] = act === "auto-rollback" ? [state.to, state.from] : [state.from, state.to];
  const what = { seq: seq + 1, at: setting.now(), who: GATE, act, before, after, message };
  await setting.policies.change({ ...what, state: JSON.stringify(step.state) });
  await lookAtStore(post);
}

/**
 * Follows what is applied in the store and what changes in the gate's own policy, and takes part in a rollout: counts, goes
 * on when a stage is over, goes back when too much is denied. What cannot be put in force leaves the last good version in
 * force. Rejects where there is none yet: what is in force at the start cannot be read.
 */
export async function follow(setting: Setting): Promise<Follower> {
  const [last] = await setting.policies.changes(1);
  const own = setting.own?.first;
  if (own !== undefined) {
    bounded(own.sources);
    await keep(setting, own);
  }
  const shelf = library(setting);
  const post: Post = {
    setting,
    library: shelf,
    look: setting.own === undefined ? undefined : changesIn(setting.own.from, setting.own.first.sources),
    troubles: troubles(setting.log),
    own,
    tried: { own, seq: last?.seq ?? 0 },
    inForce: await forcedBy(own, last, shelf),
  };
  const loop = every(LOOK_MS, async () => {
    try {
      await lookAtOwn(post);
      await lookAtStore(post);
      await takePart(post);
      post.troubles.over("store");
    } catch (error) {
      post.troubles.note("store", reasonOf(error));
    }
  });
  return {
    reigns: (principal) => post.inForce.reigns(principal),
    status: () => ({
      from: post.inForce.applied === undefined ? (setting.own?.from.name ?? "store") : "store",
      ...wordsOf(post.inForce),
      ...post.troubles.told(),
    }),
    async close() {
      await loop.stop();
      await post.inForce.counting.tell(setting.policies).catch(() => undefined);
    },
  };
}
