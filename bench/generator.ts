import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import type { Done, Job, Reply } from "./load.ts";

export interface Generator {
  /** One job at a time. Rejects where a call failed or was refused. */
  run(job: Job): Promise<Done>;
  stop(): void;
}

export function generator(): Generator {
  const child = fork(fileURLToPath(new URL("load.ts", import.meta.url)), { serialization: "advanced" });
  return {
    run: async (job) => {
      child.send(job);
      const [reply] = (await once(child, "message")) as [Reply];
      if ("error" in reply) throw new Error(`${job.kind} ${job.peer.era} ${job.peer.url}: ${reply.error}`);
      return reply;
    },
    stop: () => child.disconnect(),
  };
}
