import { createRequire } from "node:module";
import { join } from "node:path";
import { Worker } from "node:worker_threads";
import type { OnnxPlugin } from "../../config/plugins.ts";
import type { Ask } from "../ask.ts";
import { askLabels, type Labelled } from "../asked/labels.ts";
import { Nonsense } from "../found.ts";
import type { Errand, Reply, Shelf } from "./letter.ts";

/** The thread's file: itself from source, compiled in the package. */
const FILE = new URL(import.meta.url.endsWith(".ts") ? "./worker.ts" : "./worker.js", import.meta.url);
/** Weights are read from disk first. */
const START_MS = 120_000;

/** Where a package lies that whoever uses it has installed: beside the model, or beside this program. */
function packageFile(name: string, folder: string): string {
  for (const from of [join(folder, "package.json"), import.meta.filename])
    try {
      return createRequire(from).resolve(name);
    } catch {
      continue;
    }
  throw new TypeError(
    `it needs the package ${name}, which is not installed: npm i onnxruntime-node @huggingface/tokenizers`,
  );
}

interface Thread {
  readonly worker: Worker;
  readonly labels: readonly string[];
}

/** Starts the thread. Rejects with TypeError where its model cannot be used. */
async function start(shelf: Shelf): Promise<Thread> {
  const worker = new Worker(FILE, { workerData: shelf, name: "portcullis-model", env: {}, execArgv: [] });
  worker.unref();
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const timer = setTimeout(() => reject(new TypeError("its model took too long to load")), START_MS);
  worker.on("error", () => reject(new TypeError("its thread broke while its model was loaded")));
  worker.once("exit", () => reject(new TypeError("its thread ended while its model was loaded")));
  worker.once("message", resolve);
  try {
    const reply = await promise;
    if (reply.kind === "ready") return { worker, labels: reply.labels };
    throw new TypeError(reply.kind === "failed" ? reply.why : "its thread did not start");
  } catch (error) {
    await worker.terminate();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

/** One text of a thread at a time: what is given up costs no more than one. */
async function put({ worker }: Thread, errand: Errand): Promise<readonly Labelled[]> {
  const { promise, resolve, reject } = Promise.withResolvers<Reply>();
  const heard = (reply: Reply): void => {
    if (reply.number === errand.number) resolve(reply);
  };
  const died = (): void => reject(new Nonsense("its thread broke"));
  worker.on("message", heard).once("exit", died);
  try {
    worker.postMessage(errand);
    const reply = await promise;
    if (reply.kind === "labelled") return reply.labels;
    throw new Nonsense(reply.kind === "failed" ? reply.why : "its model broke");
  } finally {
    worker.off("message", heard).off("exit", died);
  }
}

/** A text classifier in ONNX, in a thread of this process. */
export interface LocalModel {
  readonly ask: Ask;
  readonly close: () => Promise<void>;
}

/** Loads a classifier from its folder. Rejects with TypeError where it cannot be used, or has none of the labels that are flagged. */
export async function localModel({ name, folder, flags }: OnnxPlugin): Promise<LocalModel> {
  const shelf: Shelf = {
    folder,
    runtime: packageFile("onnxruntime-node", folder),
    tokenizers: packageFile("@huggingface/tokenizers", folder),
  };
  let thread: Promise<Thread> | undefined = start(shelf);
  const { labels } = await thread;
  const unknown = Object.keys(flags).find((label) => !labels.includes(label));
  if (unknown !== undefined) {
    await (await thread).worker.terminate();
    throw new TypeError(`its model knows no label ${unknown}: it has ${labels.join(", ").slice(0, 500)}`);
  }
  let number = 0;
  let last: Promise<unknown> = Promise.resolve();

  async function one(text: string, signal: AbortSignal): Promise<readonly Labelled[]> {
    signal.throwIfAborted();
    const own = (thread ??= start(shelf));
    try {
      return await put(await own, { number: (number += 1), text });
    } catch (error) {
      const { threadId = -1 } = (await own.catch(() => undefined))?.worker ?? {};
      if (thread === own && threadId === -1) thread = undefined;
      throw error;
    }
  }

  const ask = askLabels(name, flags, async (texts, signal) => {
    const all: (readonly Labelled[])[] = [];
    for (const text of texts) {
      const next = last.then(() => one(text, signal));
      last = next.catch(() => undefined);
      all.push(await next);
    }
    return all;
  });
  return { ask, close: async () => void (await (await thread?.catch(() => undefined))?.worker.terminate()) };
}
