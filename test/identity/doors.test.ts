// Every path and every method of the door demands a credential, unless this list says why not.
import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

let notes: NotesServer;
let gate: RunningGate;
beforeAll(async () => {
  notes = await notesServer();
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      auth: { mode: "required", oauth: { issuers: [{ issuer: "https://id.example" }] } },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  gate = await startGate(folder);
});
afterAll(async () => {
  await gate.stop();
  removeFolder(gate.folder);
  notes.stop();
});

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"];
const PATHS = [
  "/mcp",
  "/mcp/notes",
  "/mcp/nothing",
  "/sse",
  "/sse/notes",
  "/messages",
  "/messages?sessionId=x",
  "/messages/notes",
  "/health",
  "/health/live",
  "/health/startup",
  "/health/detailed",
  "/ready",
  "/metrics",
  "/.well-known/oauth-protected-resource",
  "/.well-known/oauth-protected-resource/mcp",
  "/governance/v1/openapi.json",
  "/governance/v1/authorize",
  "/governance/v1/approvals",
  "/a/x",
  "/v0.1/servers",
  "/",
];

/** What anybody may have, and why. */
const OPEN: Readonly<Record<string, string>> = {
  "/health": "a probe has no credential; it says that the process lives, and its version",
  "/health/live": "as /health",
  "/health/startup": "as /health",
  "/ready": "a probe; it says whether calls can be recorded",
  "/.well-known/oauth-protected-resource": "how to get a credential (RFC 9728)",
  "/.well-known/oauth-protected-resource/mcp": "how to get a credential (RFC 9728)",
};

function ask(method: string, path: string): Promise<{ readonly status: number; readonly body: string }> {
  return new Promise((done, failed) => {
    const asking = request(new URL(path, gate.url), { method, agent: false }, (answer) => {
      let body = "";
      answer.on("data", (piece: Buffer) => (body += piece.toString()));
      answer.on("end", () => done({ status: answer.statusCode ?? 0, body }));
    });
    asking.on("error", failed);
    asking.end();
  });
}

describe.each(PATHS)("%s", (path) => {
  test.each(METHODS)("%s", async (method) => {
    const { status, body } = await ask(method, path);
    const open = OPEN[path] !== undefined && (method === "GET" || method === "HEAD");
    // 404, 405 and 415 tell what nobody may do there, and nothing of what is behind.
    if (open) expect(status).toBe(200);
    else expect([401, 404, 405, 415]).toContain(status);
    if (path.startsWith("/mcp") || path.startsWith("/sse") || path.startsWith("/messages"))
      expect(status).toBe(401);
    expect(body).not.toContain("notes-server");
  });
});

test("what the parts say is for who is known", async () => {
  expect((await ask("GET", "/health/detailed")).status).toBe(401);
});
