import { afterEach, describe, expect, it } from "vitest";
import {
  ask,
  failure,
  httpServer,
  INITIALIZE,
  INITIALIZED,
  recordingLog,
  socketServer,
  sseServer,
  toolCall,
  words,
} from "../../../test/servers/talk.ts";
import { startUnrulyHttp } from "../../../test/servers/unruly-http.ts";
import { startUnrulySocket } from "../../../test/servers/unruly-socket.ts";
import { startUnrulySse } from "../../../test/servers/unruly-sse.ts";
import type { Server } from "../../config/config.ts";
import type { Upstream } from "../leg.ts";
import { openUpstream } from "../upstream.ts";
import type { Credential } from "./credential.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close();
});

/** Shows a number, and the next one where that is refused, `most` times. */
function counting(most: number): Credential & { readonly renewed: () => number } {
  let renewed = 0;
  const now = () => ({ authorization: `Bearer ${renewed}` });
  return {
    show: () => Promise.resolve(now()),
    renew: () => Promise.resolve(renewed === most ? undefined : ((renewed += 1), now())),
    renewed: () => renewed,
  };
}
function open(server: Server, credential: Credential): Upstream {
  const upstream = openUpstream(server, { log: recordingLog(), now: Date.now, credential });
  closing.push(() => upstream.close());
  return upstream;
}

describe("what a server is shown goes with everything that is sent", () => {
  it("over Streamable HTTP: requests, notices, streams, and the end of a session", async () => {
    const unruly = await startUnrulyHttp();
    closing.push(() => unruly.close());
    const leg = await open(httpServer(unruly.url), counting(0)).connect("one", "legacy");
    await ask(leg, INITIALIZE).ending;
    await leg.tell(INITIALIZED, { authorization: "Bearer of-the-client" });
    await words(ask(leg, toolCall(1, "json")));
    await leg.close();
    expect(unruly.seen.length).toBeGreaterThan(2);
    expect(new Set(unruly.seen.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer 0"]));
  });

  it("over HTTP+SSE: the stream, and each message", async () => {
    const unruly = await startUnrulySse();
    closing.push(() => unruly.close());
    const leg = await open(sseServer(`${unruly.origin}/sse`), counting(0)).connect("one", "legacy");
    await ask(leg, INITIALIZE).ending;
    expect(unruly.seen.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(new Set(unruly.seen.map(({ headers }) => headers.authorization))).toEqual(new Set(["Bearer 0"]));
  });

  it("over a WebSocket: the handshake, which is tried once more where it is refused", async () => {
    const unruly = await startUnrulySocket();
    closing.push(() => unruly.close());
    await open(socketServer(unruly.origin), counting(0)).connect("one", "legacy");
    expect(unruly.handshakes.at(-1)?.authorization).toBe("Bearer 0");
    const credential = counting(1);
    const refused = await failure(
      open(socketServer(`${unruly.origin}/secret`), credential).connect("one", "legacy"),
    );
    expect(refused).toMatchObject({ code: "upstream-refused", detail: "HTTP 401" });
    expect(credential.renewed()).toBe(1);
  });
});

it("where there is nothing to show nothing is sent", async () => {
  const unruly = await startUnrulyHttp();
  closing.push(() => unruly.close());
  const none: Credential = { ...counting(0), show: () => Promise.reject(new Error("nothing")) };
  const upstream = open(httpServer(unruly.url), none);
  await expect(upstream.connect("one", "modern")).rejects.toThrow("nothing");
  expect(unruly.seen).toEqual([]);
});
