import { Worker } from "node:worker_threads";
import type { Errand, Found } from "./inspect-thread.ts";

/** Why a text was not looked at. */
export type Missed = "queue" | "deadline" | "crashed";

export interface Pool {
  /** Never rejects. */
  readonly look: (errand: Errand) => Promise<Found | Missed>;
  readonly close: () => Promise<void>;
}

const THREADS = 2;
/** What waits at most. */
const JOBS = 64;
const UNITS = 32 * 1024 * 1024;
/** From when a thread has begun: a message of 4 MiB takes a third of it on a slow machine. */
const DEADLINE_MS = 4_000;

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(
  import.meta.url.endsWith(".ts") ? "./inspect-thread.ts" : "./inspect-thread.js",
  import.meta.url,
);

interface Job {
  readonly errand: Errand;
  readonly units: number;
  readonly done: (found: Found | Missed) => void;
}

/**
 * Threads for texts that are too long for the event loop. They start when there is something for them, hold up no exit, and one that
 * takes too long is ended and replaced. What waits is bounded; what finds no room is `queue`.
 */
export function pool(deadline_ms = DEADLINE_MS, threads = THREADS, jobs = JOBS): Pool {
  const idle: Worker[] = [];
  const all = new Set<Worker>();
  const waiting: Job[] = [];
  let units = 0;
  let closed = false;

  function start(): Worker {
    const worker = new Worker(FILE, { name: "portcullis-guards", env: {}, execArgv: [] });
    worker.unref();
    all.add(worker);
    return worker;
  }

  function run(worker: Worker, { errand, units: size, done }: Job): void {
    const finish = (found: Found | Missed): void => {
      clearTimeout(timer);
      worker.removeAllListeners();
      worker.on("error", () => all.delete(worker));
      units -= size;
      if (typeof found === "string") {
        all.delete(worker);
        void worker.terminate();
      } else idle.push(worker);
      done(found);
      next();
    };
    const timer = setTimeout(() => finish("deadline"), deadline_ms);
    worker.once("message", (found: Found) => finish(found));
    worker.once("error", () => finish("crashed"));
    worker.once("exit", () => finish("crashed"));
    worker.postMessage(errand);
  }

  function next(): void {
    while (waiting.length > 0 && !closed) {
      const worker = idle.pop() ?? (all.size < threads ? start() : undefined);
      if (worker === undefined) return;
      const job = waiting.shift();
      if (job !== undefined) run(worker, job);
    }
  }

  return {
    look: (errand) =>
      new Promise((done) => {
        const size = errand.texts.reduce((sum, { text }) => sum + text.length, 0);
        if (closed || waiting.length >= jobs || units + size > UNITS) return done("queue");
        units += size;
        waiting.push({ errand, units: size, done });
        return next();
      }),
    async close() {
      closed = true;
      for (const { done } of waiting.splice(0)) done("queue");
      await Promise.all([...all].map((worker) => worker.terminate()));
    },
  };
}
