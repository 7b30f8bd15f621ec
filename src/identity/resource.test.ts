import type { IncomingMessage } from "node:http";
import { describe, expect, test } from "vitest";
import type { Listener } from "../config/config.ts";
import { baseOf, describedPart, isPart, metadataUrl, partOf } from "./resource.ts";

const from = (host: string, localPort = 8090): IncomingMessage =>
  ({ headers: { host }, socket: { localPort } }) as unknown as IncomingMessage;
const COMMON: Listener = { host: "127.0.0.1", port: 8090 };
const OWN: Listener = { host: "127.0.0.1", port: 8091, server: "files" };

describe("what clients call the gate", () => {
  test.each([
    ["localhost:8090", COMMON, undefined, "http://localhost:8090"],
    ["127.0.0.1:8090", COMMON, undefined, "http://127.0.0.1:8090"],
    ["[::1]:8090", COMMON, undefined, "http://[::1]:8090"],
    ["LOCALHOST:8090", COMMON, undefined, "http://localhost:8090"],
    // A token for another program on this machine is none for the gate, whatever `Host` says.
    ["localhost:9999", COMMON, undefined, "http://localhost:8090"],
    ["localhost:8090", COMMON, "https://gate.example", "https://gate.example"],
    ["localhost:8090", COMMON, "https://gate.example/tools", "https://gate.example/tools"],
    ["localhost:8091", OWN, "https://gate.example", "https://gate.example:8090"],
  ])("%s at %o with %s", (host, at, public_url, base) => {
    expect(baseOf(from(host), at, public_url)).toBe(base);
  });
});

test.each([
  ["/mcp", "/mcp"],
  ["/mcp/files", "/mcp/files"],
  ["/messages", "/sse"],
  ["/messages/files", "/sse/files"],
  ["/governance/v1/authorize", "/governance"],
  ["/a/x", "/governance"],
  ["/messagesx", "/messagesx"],
])("%s belongs to %s", (path, part) => {
  expect(partOf(path)).toBe(part);
});

test("metadata is where the client looks for it, and found there", () => {
  for (const base of ["https://gate.example", "https://gate.example/tools"]) {
    const { pathname } = new URL(metadataUrl(base, "/mcp/files"));
    expect(describedPart(pathname, base)).toBe("/mcp/files");
  }
  expect(describedPart("/.well-known/oauth-protected-resource", "https://a.example")).toBe("/mcp");
  expect(describedPart("/.well-known/oauth-protected-resourcex", "https://a.example")).toBeUndefined();
  expect(["/mcp", "/sse/files", "/governance", "/mcp/", "/mcp/a/b", "/messages"].map(isPart)).toEqual([
    true,
    true,
    true,
    false,
    false,
    false,
  ]);
});
