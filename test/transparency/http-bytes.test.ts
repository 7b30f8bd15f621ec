import { afterAll, beforeAll, describe, expect } from "vitest";
import { removeFolder } from "../gate/running.ts";
import { httpClient, type RawClient } from "./clients.ts";
import { saysTheSame } from "./conversation.ts";
import { type Between, openBetween } from "./gate.ts";
import type { RawUpstream } from "./upstreams.ts";

let between: Between;
beforeAll(async () => {
  between = await openBetween();
});
afterAll(async () => {
  expect(await between.gate.stop()).toBe(0);
  for (const upstream of Object.values(between.upstreams)) await upstream.close();
  removeFolder(between.gate.folder);
});

describe.each([
  ["web", "legacy"],
  ["web", "modern"],
  ["pipe", "legacy"],
  ["pipe", "modern"],
] as const)("/mcp/%s, a client of the %s era", (server, era) => {
  let client: RawClient;
  let upstream: RawUpstream;
  beforeAll(async () => {
    client = await httpClient(`${between.gate.url}/${server}`, era, server === "pipe");
    upstream = between.upstreams[server] as RawUpstream;
  });
  afterAll(() => client.close());

  saysTheSame(() => ({ client, upstream }), {
    era,
    breaks: true,
    piped: server === "pipe",
  });
});
