import { setImmediate as turn, setTimeout as sleep } from "node:timers/promises";
import type { KeyObject } from "node:crypto";
import type { LogTables } from "../../store/log.ts";
import type { Anchoring } from "../anchor/anchoring.ts";
import { sequence } from "./sequence.ts";
import { type LogState, NOT_YET } from "./state.ts";
import { signGrown } from "./sign.ts";

export interface Keeping {
  readonly log: LogTables;
  /** Who this is among those that would keep the log. */
  readonly holder: string;
  /** Undefined: leaves are added, and nothing is signed. */
  readonly key: KeyObject | undefined;
  readonly checkpoint_ms: number;
  readonly anchoring: Anchoring;
  readonly now: () => number;
  readonly report: (state: LogState) => void;
}

/** What is on record has its leaf so long after it was written, at the latest, and whatever the steps of a large backlog take. */
const DELAY_MS = 1000;

const UNSIGNED =
  "nothing is signed: set log.key, because gates that share PostgreSQL share no file to keep one in";

/** Gives rows their leaves, every second, and signs and anchors in bounded intervals, until it is told to stop; once more then. */
export async function keep(keeping: Keeping, stop: AbortSignal): Promise<void> {
  const { log, key, checkpoint_ms, anchoring, now, report } = keeping;
  let state: LogState = NOT_YET;
  let looked = Number.NEGATIVE_INFINITY;
  let refused: string | undefined; // why the last checkpoint was not signed
  const round = async (): Promise<void> => {
    const at = now();
    const made = await sequence(log, keeping.holder, turn);
    state = { ...state, sequenced_at: at, state: refused ?? (key === undefined ? UNSIGNED : "ok") };
    // After a rest what is new is signed at once; what others left unsigned, as often as anything is.
    const due = at - looked >= checkpoint_ms || (made > 0 && at - state.signed_at >= checkpoint_ms);
    if (key === undefined || !(due || stop.aborted)) return;
    const { signed, trouble } = await signGrown(log, key, at);
    looked = at;
    refused = trouble;
    state = { ...state, ...(signed.length > 0 && { signed_at: at }), state: trouble ?? "ok" };
  };
  while (true) {
    const last = stop.aborted;
    try {
      await round();
      state = { ...state, anchors: await anchoring.round(log) };
    } catch (error) {
      state = { ...state, state: error instanceof Error ? error.message : String(error) };
    }
    report(state);
    if (last) return;
    await sleep(DELAY_MS, undefined, { signal: stop }).catch(() => {});
  }
}
