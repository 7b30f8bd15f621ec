import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { decode, DEFAULT_BOUNDS } from "../wire/frame.ts";
import { sendFrame } from "./reply.ts";

const said = (text: string): string => `{"jsonrpc":"2.0","id":1,"result":{"text":${JSON.stringify(text)}}}`;

describe("one JSON message", () => {
  let body = Buffer.alloc(0);
  const http = createServer((_request, response) =>
    sendFrame(response, decode(body, DEFAULT_BOUNDS), 200, { "mcp-session-id": "s1" }),
  );
  let url = "";
  beforeAll(async () => {
    http.listen(0, "127.0.0.1");
    await once(http, "listening");
    url = `http://127.0.0.1:${(http.address() as AddressInfo).port}/`;
  });
  afterAll(() => void http.close());

  test.each([
    ["short and plain", "hello"],
    ["in other scripts and with every sort of sign", "é ÿ \u0080 漢字 😀 \ufeff ﷽"],
    ["as long as goes out in one piece", "é".repeat(8_000)],
    ["longer than that", "漢".repeat(20_000)],
  ])("arrives byte by byte: %s", async (_, text) => {
    body = Buffer.from(said(text));
    const answer = await fetch(url);
    expect(Buffer.from(await answer.arrayBuffer()).equals(body)).toBe(true);
    expect(answer.headers.get("content-length")).toBe(String(body.length));
    expect(answer.headers.get("content-type")).toBe("application/json");
    expect(answer.headers.get("mcp-session-id")).toBe("s1");
  });
});
