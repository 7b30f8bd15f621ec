import { Worker } from "node:worker_threads";
import type { Errand, Reply } from "./letter.ts";

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
const BOUNDS = { maxOldGenerationSizeMb: 128, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };

type Outcome = Extract<Reply, { readonly kind: "result" | "failed" }> | { readonly kind: "late" };

/** A thread that evaluates one input at a time. */
export interface Thread {
  /** Resolves when it can be asked, or with the reason why it never can. */
  readonly ready: Promise<string | undefined>;
  /** `late`: it took longer than `most_ms`, and is ended. Ask again only when it resolved. */
  readonly evaluate: (input: string, most_ms: number) => Promise<Outcome>;
  readonly alive: () => boolean;
  readonly end: () => Promise<void>;
}

/** Starts a thread that can be ended in the middle of an evaluation, and does not keep the process alive. */
export function startThread(errand: Errand): Thread {
  const worker = new Worker(FILE, {
    workerData: errand,
    name: "portcullis-voter",
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: BOUNDS,
  });
  let alive = true;
  let hear: (reply: Reply) => void = () => undefined;
  const next = (): Promise<Reply> =>
    new Promise((resolve) => {
      hear = resolve;
    });
  const ended = (why: string): void => {
    alive = false;
    hear({ kind: "failed", why });
  };
  worker.on("message", (reply: Reply) => hear(reply));
  worker.on("error", (error) => ended(error instanceof Error ? error.message : String(error)));
  worker.on("exit", () => ended("its thread ended"));
  const ready = next().then((reply) => {
    worker.unref();
    return reply.kind === "ready" ? undefined : "why" in reply ? reply.why : "";
  });

  return {
    ready,
    async evaluate(input, most_ms) {
      const answer = next();
      worker.ref();
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<Outcome>((resolve) => {
        timer = setTimeout(() => resolve({ kind: "late" }), most_ms);
      });
      worker.postMessage(input);
      const reply = await Promise.race([answer, late]);
      clearTimeout(timer);
      worker.unref();
      if (reply.kind !== "late")
        return reply.kind === "result" ? reply : { kind: "failed", why: "why" in reply ? reply.why : "" };
      alive = false;
      void worker.terminate();
      return reply;
    },
    alive: () => alive,
    async end() {
      alive = false;
      await worker.terminate();
    },
  };
}
