import { DatabaseSync } from "node:sqlite";
import { parentPort, workerData } from "node:worker_threads";
import { BUSY_MS } from "./connection.ts";
import type { Answer, Question, ReadingErrand } from "./far.ts";

const port = parentPort;
if (port === null) throw new Error("this file is a worker thread of the store");
const { path } = workerData as ReadingErrand;
const db = new DatabaseSync(path, { timeout: BUSY_MS, readOnly: true });

function answer({ id, sql, params }: Question): Answer {
  try {
    const statement = db.prepare(sql);
    return { id, rows: statement.all(...(params as Parameters<typeof statement.all>)) };
  } catch (error) {
    return { id, message: error instanceof Error ? error.message : String(error) };
  }
}

port.on("message", (question: Question) => port.postMessage(answer(question)));
