import { randomBytes } from "node:crypto";
import { Worker } from "node:worker_threads";
import type { Config } from "../../config/config.ts";
import { openLog } from "../../store/log.ts";
import { openAnchors } from "../anchor/open.ts";
import type { Errand } from "./letter.ts";
import { keep } from "./loop.ts";
import { logKey } from "./own-key.ts";
import type { LogState } from "./state.ts";

export type Setting = Pick<Config, "store" | "log" | "anchors" | "outbound">;

/** A log that is being kept. */
export interface Kept {
  /** One last round, and then it lets go; bounded in time. */
  readonly finish: () => Promise<void>;
}

export interface Hearing {
  readonly now: () => number;
  readonly report: (state: LogState) => void;
  /** It is not kept any more. */
  readonly failed: (why: string) => void;
  /** Called before anything is signed: with the public key, where it was made only now. */
  readonly begun: (made: string | undefined) => Promise<void>;
}

const LAST_ROUND_MS = 5000;

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

function late(): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, LAST_ROUND_MS).unref();
  });
}

/** SQLite answers at once and meanwhile nothing else runs, so its log is kept in a thread of its own. */
function inThread(errand: Errand, { report, failed }: Hearing): Kept {
  const thread = new Worker(FILE, { workerData: errand, name: "portcullis-log", env: {}, execArgv: [] });
  const ended = new Promise<void>((resolve) => {
    thread.on("exit", () => resolve());
  });
  thread.on("message", report);
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

async function here(setting: Setting, holder: string, { now, report }: Hearing): Promise<Kept> {
  const stopping = new AbortController();
  const log = await openLog(setting.store);
  const anchoring = await openAnchors(setting.anchors, setting.outbound.allow, now);
  const key = logKey(setting)?.key;
  const { checkpoint_ms } = setting.log;
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

/** Begins to keep the log of a store. Rejects where that cannot be: the key is none, a record cannot be written. */
export async function begin(setting: Setting, hearing: Hearing): Promise<Kept> {
  const { store, log, anchors, outbound } = setting;
  const holder = randomBytes(9).toString("base64url");
  const found = logKey(setting);
  await hearing.begun(found?.made === true ? found.public : undefined);
  if (store.kind === "postgres" || found === undefined) return await here(setting, holder, hearing);
  const pem = found.key.export({ type: "pkcs8", format: "pem" }).toString();
  const { checkpoint_ms } = log;
  return inThread({ path: store.path, holder, pem, checkpoint_ms, anchors, allow: outbound.allow }, hearing);
}
