import { pathToFileURL } from "node:url";
import { parentPort, workerData } from "node:worker_threads";
import { Nonsense } from "../found.ts";
import type { Errand, Reply, Shelf } from "./letter.ts";
import { openModel, type Runtime, type Tokenizers } from "./model.ts";

const { folder, runtime, tokenizers } = workerData as Shelf;
const say = (reply: Reply): void => parentPort?.postMessage(reply);

/** A module, whether it was written as one or as CommonJS. */
async function loaded<T>(file: string): Promise<T> {
  const module = (await import(pathToFileURL(file).href)) as T & { readonly default?: T };
  return module.default ?? module;
}

try {
  const model = await openModel(folder, await loaded<Runtime>(runtime), await loaded<Tokenizers>(tokenizers));
  parentPort?.on("message", ({ number, text }: Errand) => {
    model.classify(text).then(
      (labels) => say({ number, kind: "labelled", labels }),
      // What a runtime says may quote what it was given.
      (error: unknown) =>
        say({ number, kind: "failed", why: error instanceof Nonsense ? error.message : "its model broke" }),
    );
  });
  say({ number: 0, kind: "ready", labels: model.labels });
} catch (error) {
  const why = error instanceof TypeError ? error.message : "its model cannot be loaded";
  say({ number: 0, kind: "failed", why });
}
