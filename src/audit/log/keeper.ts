import { randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { Config } from "../../config/config.ts";
import { openLog } from "../../store/log.ts";
import type { Log } from "../../telemetry/log.ts";
import { openAnchors } from "../anchor/open.ts";
import type { Errand } from "./letter.ts";
import { keep, type LogState, NOT_YET } from "./loop.ts";
import { logKey } from "./own-key.ts";

/** Keeps the log of a store while a gate runs. */
export interface Keeper {
  readonly state: () => LogState;
  /** Gives what is on record its leaves once more, signs, and lets go. Never rejects. */
  readonly close: () => Promise<void>;
}

interface Parts {
  readonly log: Pick<Log, "warn" | "info">;
  readonly now: () => number;
  /** Called when it begins, before anything is signed: with the public key, where it was made only now. */
  readonly begun: (made: string | undefined) => Promise<void>;
}

type Keeping = Pick<Config, "store" | "log" | "anchors" | "outbound">;

/** A gate that lives for a moment leaves its rows to the next one. */
const START_MS = 1000;
/** How long the end of a gate waits for the last round. */
const LAST_ROUND_MS = 5000;

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

interface Running {
  readonly finish: () => Promise<unknown>;
}

/** SQLite answers at once and meanwhile nothing else runs, so its log is kept in a thread of its own. */
function inThread(errand: Errand, report: (state: LogState) => void, failed: (why: string) => void): Running {
  const thread = new Worker(FILE, { workerData: errand, name: "portcullis-log", env: {}, execArgv: [] });
  const ended = new Promise<void>((resolve) => {
    thread.on("exit", () => resolve());
  });
  thread.on("message", (state: LogState) => report(state));
  thread.on("error", (error) => failed(error instanceof Error ? error.message : String(error)));
  thread.unref();
  return {
    async finish() {
      thread.ref();
      thread.postMessage("finish");
      await Promise.race([ended, late()]);
      await thread.terminate();
    },
  };
}

function late(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LAST_ROUND_MS).unref();
  });
}

async function here(
  config: Keeping,
  holder: string,
  parts: Parts,
  report: (state: LogState) => void,
): Promise<Running> {
  const { now } = parts;
  const stopping = new AbortController();
  const log = await openLog(config.store);
  const anchoring = await openAnchors(config.anchors, config.outbound.allow, now);
  const key = logKey(config)?.key;
  const { checkpoint_ms } = config.log;
  const kept = keep({ log, holder, key, checkpoint_ms, anchoring, now, report }, stopping.signal);
  return {
    async finish() {
      stopping.abort();
      await Promise.race([kept, late()]);
      await anchoring.close();
      await log.close();
    },
  };
}

/** Starts to keep the log a moment after the gate has started, so that it does not start later for it. */
export function openKeeper(config: Keeping, parts: Parts): Keeper {
  const holder = randomBytes(9).toString("base64url");
  let state: LogState = NOT_YET;
  let running: Promise<Running | undefined> | undefined;
  const report = (next: LogState): void => {
    if (next.state !== state.state && next.state !== "ok") parts.log.warn({ reason: next.state }, "the log");
    for (const { anchor, state: how } of next.anchors)
      if (how !== "ok" && how !== state.anchors.find((each) => each.anchor === anchor)?.state)
        parts.log.warn({ anchor, reason: how }, "a checkpoint is not anchored; it is tried again");
    state = next;
  };
  const failed = (why: string): void => report({ ...state, state: `the log is not kept: ${why}` });

  async function start(): Promise<Running | undefined> {
    try {
      const found = logKey(config);
      await parts.begun(found?.made === true ? found.public : undefined);
      if (config.store.kind === "postgres") return await here(config, holder, parts, report);
      if (found === undefined) return undefined;
      const pem = found.key.export({ type: "pkcs8", format: "pem" }).toString();
      const { anchors, outbound, log } = config;
      const { checkpoint_ms } = log;
      return inThread(
        { path: config.store.path, holder, pem, checkpoint_ms, anchors, allow: outbound.allow },
        report,
        failed,
      );
    } catch (error) {
      failed(error instanceof Error ? error.message : String(error));
      return undefined;
    }
  }

  const starting = setTimeout(() => {
    running = start();
  }, START_MS);
  starting.unref();
  return {
    state: () => state,
    async close() {
      clearTimeout(starting);
      await (await running)?.finish().catch(() => {});
    },
  };
}
