import { parentPort, workerData } from "node:worker_threads";
import type { Taken } from "../counters/claim.ts";
import type { Obstacle } from "../unavailable.ts";
import { connect, type Connection } from "./connection.ts";
import { batchOf, type Errand, type Parcel, type Reply } from "./parcel.ts";
import { obstacleOf } from "./obstacle.ts";

function explain(error: unknown): Exclude<Reply, 0 | readonly Taken[]> {
  const message = error instanceof Error ? error.message : String(error);
  if (!(error instanceof Error)) return { obstacle: "io", message };
  if ("obstacle" in error) return { obstacle: error.obstacle as Obstacle, message };
  return { obstacle: obstacleOf(error), message };
}

const port = parentPort;
if (port === null) throw new Error("this file is a worker thread of the store");
const errand = workerData as Errand;
let connection: Connection | undefined;

function write(parcel: Parcel): Reply {
  const batch = batchOf(parcel);
  if (batch === undefined) return { obstacle: "row", message: "a text in it holds NUL" };
  try {
    connection ??= connect(errand);
    const taken = connection.write(batch);
    return taken.length === 0 ? 0 : taken;
  } catch (error) {
    const reply = explain(error);
    // A fresh connection sees another file, or one that may be written again. But beside a lost -wal file it would
    // begin a second one, which is how databases are damaged: then this connection stays, and refuses.
    const again =
      reply.obstacle === "gone"
        ? connection?.replaced()
        : !["row", "locked", "full"].includes(reply.obstacle);
    if (again === true) {
      connection?.close();
      connection = undefined;
    }
    return reply;
  }
}

port.on("message", (parcel: Parcel | "close") => {
  if (parcel !== "close") {
    port.postMessage(write(parcel));
    return;
  }
  connection?.leave();
  connection?.close();
  port.postMessage(0);
  port.close();
});
