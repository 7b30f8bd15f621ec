import { join } from "node:path";
import { afterAll, beforeAll, describe, expect } from "vitest";
import { folderWith, removeFolder } from "../gate/running.ts";
import { type StdioClient, stdioClient } from "./clients.ts";
import { saysTheSame } from "./conversation.ts";
import { files } from "./gate.ts";
import { type RawUpstream, rawHttp, rawStdio } from "./upstreams.ts";

describe.each([
  ["web", "legacy"],
  ["web", "modern"],
  ["pipe", "legacy"],
  ["pipe", "modern"],
] as const)("proxy --server %s, a client of the %s era", (server, era) => {
  let folder: string;
  let upstream: RawUpstream;
  let client: StdioClient;
  beforeAll(async () => {
    const sockets = folderWith({});
    upstream = server === "web" ? await rawHttp() : await rawStdio(join(sockets, "server.sock"));
    folder = folderWith(files({ [server]: upstream }));
    const words = ["proxy", "--server", server, "--config", join(folder, "portcullis.yaml")];
    client = await stdioClient(words, {}, era);
  });
  afterAll(async () => {
    await client.close();
    await upstream.close();
    expect(client.errors()).toBe("");
    expect(client.child.exitCode).toBe(0);
    removeFolder(folder);
  });

  saysTheSame(() => ({ client, upstream }), { era, breaks: false, piped: true });
});
