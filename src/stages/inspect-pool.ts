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
/** For one message: one of 4 MiB takes a third of it. */
const DEADLINE_MS = 4_000;
/** A thread that has just begun has to load what it looks with first. */
const START_MS = 10_000;

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
  /** Every thread, and who waits for its word. */
  const all = new Map<Worker, ((found: Found | Missed) => void) | undefined>();
  const waiting: Job[] = [];
  let units = 0;
  let closed = false;

  function start(): Worker {
    const worker = new Worker(FILE, { name: "portcullis-guards", env: {}, execArgv: [] });
    worker.unref();
    all.set(worker, undefined);
    worker.on("message", (found: Found) => all.get(worker)?.(found));
    for (const end of ["error", "exit"])
      worker.on(end, () => {
        const told = all.get(worker);
        all.delete(worker);
        if (idle.includes(worker)) idle.splice(idle.indexOf(worker), 1);
        told?.("crashed");
      });
    return worker;
  }

  function run(worker: Worker, { errand, units: size, done }: Job, starting: boolean): void {
    const finish = (found: Found | Missed): void => {
      clearTimeout(timer);
      units -= size;
      if (typeof found !== "string") {
        all.set(worker, undefined);
        idle.push(worker);
      } else {
        all.delete(worker);
        void worker.terminate();
      }
      done(found);
      next();
    };
    const timer = setTimeout(() => finish("deadline"), deadline_ms + (starting ? START_MS : 0));
    all.set(worker, finish);
    worker.postMessage(errand);
  }

  function next(): void {
    if (closed) return;
    while (waiting.length > 0) {
      const known = idle.pop();
      const worker = known ?? (all.size < threads ? start() : undefined);
      if (worker === undefined) return;
      const job = waiting.shift();
      if (job !== undefined) run(worker, job, known === undefined);
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
      await Promise.all([...all.keys()].map((worker) => worker.terminate()));
    },
  };
}
