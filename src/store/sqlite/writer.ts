import { hostname } from "node:os";
import { Worker } from "node:worker_threads";
import type { Writer } from "../journal/batch.ts";
import { JournalUnavailable, type Obstacle } from "../unavailable.ts";
import { type Errand, type Parcel, type Reply, SEPARATOR } from "./parcel.ts";

const REMEDIES: Readonly<Record<Obstacle, string>> = {
  full: "Make room on its disk",
  locked: "Another process holds it; end that one",
  "read-only": "Let this user write to the file and its folder",
  gone: "Put the file back, or restart the gate to begin a new one",
  damaged: "Move it away and restore a backup",
  unreachable: "See whether it is there",
  backlog: "Send fewer calls at once",
  closed: "Start the gate again",
  io: "See the system's log about its disk",
};

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);

/**
 * Writes in a thread of its own, so that an `fsync` never holds up the event loop. The thread starts with the first
 * batch, keeps the process alive only while it writes, and is replaced if it dies.
 */
export function sqliteWriter(path: string, gate: string): Writer {
  let worker: Worker | undefined;
  let settle: ((reply: Reply) => void) | undefined;

  function start(): Worker {
    const errand: Errand = { path, gate, host: hostname() };
    const started = new Worker(FILE, {
      workerData: errand,
      name: "portcullis-journal",
      env: {},
      execArgv: [],
    });
    const ended = (why: string): void => {
      if (worker !== started) return;
      worker = undefined;
      settle?.({ obstacle: "io", message: why });
    };
    started.on("message", (reply: Reply) => settle?.(reply));
    started.on("error", (error) =>
      ended(`the writing thread failed: ${error instanceof Error ? error.message : String(error)}`),
    );
    started.on("exit", (code) => ended(`the writing thread ended with code ${code}`));
    started.unref();
    return started;
  }

  function send(thread: Worker, message: unknown): Promise<Reply> {
    return new Promise((resolve) => {
      settle = (reply) => {
        settle = undefined;
        thread.unref();
        resolve(reply);
      };
      thread.ref();
      thread.postMessage(message);
    });
  }

  return {
    async commit({ opened, closed, claims, adjustments, beat }) {
      worker ??= start();
      // One text for all cells: handing over each of them costs the two threads three times as much.
      const parcel: Parcel = {
        cells: [opened.length, closed.length],
        text: `${opened.join(SEPARATOR)}${SEPARATOR}${closed.join(SEPARATOR)}`,
        ...((claims.length > 0 || adjustments.length > 0) && { counted: { claims, adjustments } }),
        beat,
      };
      const reply = await send(worker, parcel);
      if (reply === 0) return [];
      if (!("obstacle" in reply)) return reply;
      const { obstacle, message } = reply;
      if (obstacle === "row") throw new Error(`The journal refuses the event: ${message}.`);
      throw new JournalUnavailable(obstacle, `${path} cannot be written: ${message}. ${REMEDIES[obstacle]}.`);
    },
    async close() {
      if (worker === undefined) return;
      await send(worker, "close");
    },
  };
}
