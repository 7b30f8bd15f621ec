import { join } from "node:path";
import { folderWith, type RunningGate, startGate } from "../gate/running.ts";
import { type RawUpstream, rawHttp, rawStdio } from "./upstreams.ts";

/** A gate that allows everything, before one server of each sort. */
export interface Between {
  readonly gate: RunningGate;
  readonly upstreams: Readonly<Record<string, RawUpstream>>;
}

export const ALLOW_ALL = "defaults: { verdict: allow }\n";

/** The files of a gate's folder. */
export function files(upstreams: Readonly<Record<string, RawUpstream>>): Readonly<Record<string, string>> {
  const servers = Object.entries(upstreams).map(([name, { entry }]) => [name, entry] as const);
  return {
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      // Guards change what they are there to change.
      profile: "none",
      mcpServers: Object.fromEntries(servers),
    }),
    "policy.yaml": ALLOW_ALL,
  };
}

export async function openBetween(): Promise<Between> {
  const sockets = folderWith({});
  const upstreams = { web: await rawHttp(), pipe: await rawStdio(join(sockets, "server.sock")) };
  return { gate: await startGate(folderWith(files(upstreams))), upstreams };
}
