import { parentPort, workerData } from "node:worker_threads";
import { openLog } from "../../store/log.ts";
import { openAnchors } from "../anchor/open.ts";
import { readKey } from "./key.ts";
import type { Errand } from "./letter.ts";
import { keep } from "./loop.ts";

const port = parentPort;
if (port === null) throw new Error("this file is a worker thread of the log");
const { path, holder, pem, checkpoint_ms, anchors, allow } = workerData as Errand;
const stopping = new AbortController();
port.on("message", () => stopping.abort());

const now = (): number => Date.now();
const log = await openLog({ kind: "sqlite", path });
const anchoring = await openAnchors(anchors, allow, now);
try {
  const key = readKey(pem, "log.key");
  await keep(
    { log, holder, key, checkpoint_ms, anchoring, now, report: (state) => port.postMessage(state) },
    stopping.signal,
  );
} finally {
  await anchoring.close();
  await log.close();
  port.close();
}
