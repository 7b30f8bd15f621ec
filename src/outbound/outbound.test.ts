import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, test } from "vitest";
import { openOutbound, type Outbound } from "./outbound.ts";

const closing: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  await Promise.all(closing.splice(0).map((close) => close()));
});

async function listening(
  answer: (request: IncomingMessage, response: ServerResponse) => void,
): Promise<string> {
  const server: Server = createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  closing.push(() => {
    server.closeAllConnections();
    return new Promise((resolve) => server.close(resolve));
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function opened(...given: Parameters<typeof openOutbound>): Outbound {
  const outbound = openOutbound(...given);
  closing.push(outbound.close);
  return outbound;
}

describe("nothing inside is asked", () => {
  let asked = 0;
  test.each([
    "https://127.0.0.1/",
    "https://0x7f.1/",
    "https://2130706433/",
    "https://017700000001/",
    "https://[::1]/",
    "https://[::ffff:127.0.0.1]/",
    "https://[64:ff9b::7f00:1]/",
    "https://169.254.169.254/latest/meta-data/",
    "https://localhost/",
    "https://user:word@10.0.0.1/",
    "http://example.com/",
    "ftp://example.com/",
    "file:///etc/passwd",
  ])("%s", async (url) => {
    await expect(opened([]).fetch(url)).rejects.toMatchObject({ kind: "barred" });
  });

  test("a server on this machine, by its name or its address", async () => {
    const url = await listening((_, response) => {
      asked += 1;
      response.end();
    });
    await expect(opened([]).fetch(url)).rejects.toMatchObject({ kind: "barred" });
    await expect(opened(["10.0.0.0/8"]).fetch(url)).rejects.toMatchObject({ kind: "barred" });
    const named = url.replace("127.0.0.1", "localhost");
    await expect(opened(["127.0.0.1"]).fetch(named)).rejects.toMatchObject({ kind: "barred" });
    await expect(opened([]).addressOf("localhost")).rejects.toMatchObject({ kind: "barred" });
    expect(asked).toBe(0);
  });
});

describe("what is allowed is asked", () => {
  test("with method, headers and body, and the whole answer comes back", async () => {
    const url = await listening((request, response) => {
      void (async () => {
        const body = (await request.toArray()).join("");
        response.writeHead(201, {
          "x-saw": `${request.method} ${String(request.headers["x-sent"])} ${body}`,
        });
        response.end("é");
      })();
    });
    const answer = await opened(["127.0.0.1"]).fetch(`${url}/x`, {
      method: "POST",
      headers: { "x-sent": "1" },
      body: "b",
    });
    expect([answer.status, answer.headers.get("x-saw"), await answer.text()]).toEqual([201, "POST 1 b", "é"]);
    const named = opened(["localhost"]);
    expect((await named.fetch(url.replace("127.0.0.1", "localhost"))).status).toBe(201);
    expect(await named.addressOf("localhost")).toMatch(/^(?:127\.0\.0\.1|::1)$/);
  });

  test("a redirect is an answer and is not followed", async () => {
    let asked = 0;
    const url = await listening((_, response) => {
      asked += 1;
      response.writeHead(302, { location: "http://169.254.169.254/" }).end();
    });
    const answer = await opened(["127.0.0.1"]).fetch(url);
    expect([answer.status, asked]).toEqual([302, 1]);
  });

  test("an answer without a body", async () => {
    const url = await listening((_, response) => void response.writeHead(204).end());
    expect((await opened(["127.0.0.1"]).fetch(url)).status).toBe(204);
  });

  test("more than is read is refused, and so is what takes too long", async () => {
    const large = await listening((_, response) => void response.end("x".repeat(2000)));
    const outbound = opened(["127.0.0.1"], { body_bytes: 1000, total_ms: 200 });
    await expect(outbound.fetch(large)).rejects.toMatchObject({ kind: "too-large" });
    const silent = await listening(() => undefined);
    await expect(outbound.fetch(silent)).rejects.toMatchObject({ kind: "timeout" });
    const dripping = await listening((_, response) => {
      response.write("x");
    });
    await expect(outbound.fetch(dripping)).rejects.toMatchObject({ kind: "timeout" });
  });

  test("whoever asked may take it back", async () => {
    const silent = await listening(() => undefined);
    const taken = new AbortController();
    const asking = opened(["127.0.0.1"]).fetch(silent, { signal: taken.signal });
    taken.abort();
    await expect(asking).rejects.toMatchObject({ kind: "cancelled" });
  });

  test("what is said of a failure holds nothing of the address but its host", async () => {
    const url = await listening((request) => request.destroy());
    const error = await opened(["127.0.0.1"])
      .fetch(`${url}/secret?token=secret`)
      .catch((each: unknown) => each);
    expect(error).toMatchObject({ kind: "unreachable" });
    expect(String(error)).not.toContain("secret");
  });
});
