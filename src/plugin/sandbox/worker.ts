import { parentPort, workerData } from "node:worker_threads";
import type { Found } from "../../detect/detector.ts";
import type { Leaf } from "../../detect/fields.ts";
import { lookAt } from "../../detect/look.ts";
import { views } from "../../detect/views/views.ts";
import { hitsOf, Nonsense } from "../found.ts";
import { type Cell, CELL, type Inmate, openCell } from "./cell.ts";
import type { Errand, Prison, Reply } from "./letter.ts";

const { source, timeout_ms } = workerData as Prison;
const bounds = { ...CELL, timeout_ms };
const cell: Promise<Cell> = openCell(() => performance.now());
void cell.then(() => parentPort?.postMessage({ number: 0, kind: "ready" } satisfies Reply));

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw new Nonsense("it gave no list of findings");
  }
}

function lookedAt(inmate: Inmate, { text, field }: Leaf, classes: readonly string[]): readonly Found[] {
  return lookAt("", views(text), (reading, { made }) =>
    hitsOf(parsed(inmate.look(reading, JSON.stringify({ ...field, made }))), reading, classes),
  );
}

async function answered({ number, texts, classes }: Errand): Promise<Reply> {
  try {
    return (await cell)(source, bounds, (inmate) =>
      texts === undefined
        ? { number, kind: "card", card: inmate.card() }
        : { number, kind: "found", found: texts.map((leaf) => lookedAt(inmate, leaf, classes)) },
    );
  } catch (error) {
    if (!(error instanceof Nonsense)) throw error; // the thread ends, and another begins
    return { number, kind: "failed", why: error.message };
  }
}

parentPort?.on("message", (errand: Errand) => {
  void answered(errand).then(
    (reply) => parentPort?.postMessage(reply),
    () => process.exit(1),
  );
});
