import { Worker } from "node:worker_threads";
import type { Leaf } from "../../detect/fields.ts";
import type { Ask } from "../ask.ts";
import { Nonsense } from "../found.ts";
import { type Card, cardSchema } from "../plugin.ts";
import type { Errand, Prison, Reply } from "./letter.ts";

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
/** The engine keeps its own bounds; these are for what goes wrong in it. */
const BOUNDS = { maxOldGenerationSizeMb: 96, maxYoungGenerationSizeMb: 16, stackSizeMb: 4 };
/** A loop inside the engine meets no deadline of the engine's: so much later the thread is ended. */
const GRACE_MS = 250;
/** A thread has to load first. */
const START_MS = 10_000;

export interface Sandboxed {
  readonly card: Card;
  readonly ask: Ask;
  readonly close: () => Promise<void>;
}

interface Thread {
  readonly worker: Worker;
  /** Whether it can be asked. */
  readonly ready: Promise<boolean>;
}

function start(prison: Prison): Thread {
  const worker = new Worker(FILE, {
    workerData: prison,
    name: "portcullis-plugin",
    env: {},
    execArgv: [],
    stdout: true,
    stderr: true,
    resourceLimits: BOUNDS,
  });
  worker.unref();
  worker.on("error", () => undefined); // told by `exit`
  const ready = new Promise<boolean>((resolve) => {
    const timer = setTimeout(() => resolve(false), START_MS);
    const said = (can: boolean): void => {
      clearTimeout(timer);
      resolve(can);
    };
    worker.once("message", () => said(true)).once("exit", () => said(false));
  });
  return { worker, ready };
}

/** One thread for one plugin, which gets one message at a time. A thread that does not answer is ended, and the next message has another. */
function cellblock(prison: Prison) {
  let thread: Thread | undefined;
  let number = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function put(errand: Errand): Promise<Reply> {
    const own = (thread ??= start(prison));
    const end = (why: string): Nonsense => {
      if (thread === own) thread = undefined;
      void own.worker.terminate();
      return new Nonsense(why);
    };
    if (!(await own.ready)) throw end("its thread did not start");
    return await new Promise((resolve, reject) => {
      const finish = (then: () => void): void => {
        clearTimeout(timer);
        own.worker.off("message", heard).off("exit", died);
        then();
      };
      const heard = (reply: Reply): void => {
        if (reply.number === errand.number) finish(() => resolve(reply));
      };
      const died = (): void => finish(() => reject(end("its thread broke")));
      const timer = setTimeout(
        () => finish(() => reject(end("it took too long"))),
        prison.timeout_ms + GRACE_MS,
      );
      own.worker.on("message", heard).once("exit", died);
      own.worker.postMessage(errand);
    });
  }

  return {
    ask(
      texts: readonly Leaf[] | undefined,
      classes: readonly string[],
      signal?: AbortSignal,
    ): Promise<Reply> {
      const next = last.then(() => {
        signal?.throwIfAborted();
        number += 1;
        return put({ number, texts, classes });
      });
      last = next.catch(() => undefined);
      return next;
    },
    close: async () => void (await thread?.worker.terminate()),
  };
}

/**
 * A plugin in a sandbox: QuickJS in a thread of its own, with nothing of this machine. Rejects with Nonsense or TypeError where it is no
 * plugin, or says more of itself than it can keep. `name`: in place of its own.
 */
export async function sandboxed(prison: Prison, name?: string): Promise<Sandboxed> {
  const block = cellblock(prison);
  try {
    const reply = await block.ask(undefined, []);
    if (reply.kind !== "card") throw new Nonsense(reply.kind === "failed" ? reply.why : "it is no plugin");
    const said = JSON.parse(reply.card) as { readonly look?: unknown };
    const read = cardSchema.safeParse(said);
    if (!read.success) {
      const { path = [], message = "is none" } = read.error.issues[0] ?? {};
      throw new TypeError(`a plugin's ${path.map(String).join(".")}: ${message}`);
    }
    if (said.look !== "function") throw new TypeError("in a sandbox a plugin has to have a function look");
    const { roles, ...rest } = read.data;
    const card: Card = { ...rest, name: name ?? rest.name, ...(roles !== undefined && { roles }) };
    return {
      card,
      async ask(texts, signal) {
        const answer = await block.ask(texts, card.classes, signal);
        if (answer.kind === "found")
          return answer.found.map((each) => each.map((found) => ({ ...found, guard: card.name })));
        throw new Nonsense(answer.kind === "failed" ? answer.why : "it is no plugin");
      },
      close: block.close,
    };
  } catch (error) {
    await block.close();
    throw error;
  }
}
