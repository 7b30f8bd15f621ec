import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { folderWith, removeFolder } from "../gate/running.ts";
import { type StdioClient, stdioClient } from "./clients.ts";
import { saysTheSame } from "./conversation.ts";
import { type RawUpstream, rawStdio } from "./upstreams.ts";

describe.each(["legacy", "modern"] as const)("wrap, a client of the %s era", (era) => {
  let folder: string;
  let upstream: RawUpstream;
  let client: StdioClient;
  beforeAll(async () => {
    folder = folderWith({});
    upstream = await rawStdio(join(folder, "server.sock"));
    const { command, args } = upstream.entry as { command: string; args: readonly string[] };
    client = await stdioClient(["wrap", "--", command, ...args], { XDG_STATE_HOME: folder }, era);
  });
  afterAll(async () => {
    await client.close();
    await upstream.close();
    expect(client.errors()).toBe("");
    expect(client.child.exitCode).toBe(0);
    removeFolder(folder);
  });

  saysTheSame(() => ({ client, upstream }), {
    era,
    breaks: false,
    piped: true,
  });
});
