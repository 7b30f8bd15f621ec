import type { Log } from "../../telemetry/log.ts";
import type { Hearing, Kept, Setting } from "./keeping.ts";
import { type LogState, NOT_YET } from "./state.ts";

/** Keeps the log of a store while a gate runs. */
export interface Keeper {
  readonly state: () => LogState;
  /** Gives what is on record its leaves once more, signs, and lets go. Never rejects. */
  readonly close: () => Promise<void>;
}

interface Parts extends Pick<Hearing, "now" | "begun"> {
  readonly log: Pick<Log, "warn">;
}

/** A gate that lives for a moment leaves its rows to the next one. */
const START_MS = 1000;
/** What could not begin, or broke off, begins again after this. */
const AGAIN_MS = 10_000;

/** Starts to keep the log a moment after the gate has started, so that it does not start later for it. */
export function openKeeper(setting: Setting, { log, now, begun }: Parts): Keeper {
  let state: LogState = NOT_YET;
  let running: Promise<Kept | undefined> | undefined;
  let timer: NodeJS.Timeout | undefined;
  let closing = false;
  let told = false; // what begins is said once

  const report = (next: LogState): void => {
    if (next.state !== state.state && next.state !== "ok") log.warn({ reason: next.state }, "the log");
    for (const { anchor, state: how } of next.anchors)
      if (how !== "ok" && how !== state.anchors.find((each) => each.anchor === anchor)?.state)
        log.warn({ anchor, reason: how }, "a checkpoint is not anchored; it is tried again");
    state = next;
  };
  const failed = (why: string): void => {
    report({ ...state, state: `the log is not kept: ${why}` });
    if (!closing) after(AGAIN_MS);
  };
  const first = async (made: string | undefined): Promise<void> => {
    if (told && made === undefined) return;
    await begun(made);
    told = true;
  };
  async function start(): Promise<Kept | undefined> {
    try {
      const { begin } = await import("./keeping.ts");
      return await begin(setting, { now, report, failed, begun: first });
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }
  function after(ms: number): void {
    timer = setTimeout(() => {
      running = start();
    }, ms).unref();
  }

  after(START_MS);
  return {
    state: () => state,
    async close() {
      closing = true;
      clearTimeout(timer);
      await (await running)?.finish().catch(() => {});
    },
  };
}
