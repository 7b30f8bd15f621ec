import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

let notes: NotesServer;
let folder: string;
let gates: readonly RunningGate[];

beforeAll(async () => {
  notes = await notesServer();
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      auth: { mode: "required", api_keys: true },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  gates = await Promise.all([startGate(folder), startGate(folder)]);
});
afterAll(async () => {
  for (const gate of gates) await gate.stop();
  removeFolder(folder);
  notes.stop();
});

const HEADERS = { "content-type": "application/json", accept: "application/json, text/event-stream" };

/** A key, as the command line gives it. */
async function made(...words: readonly string[]): Promise<{ readonly id: string; readonly bearer: string }> {
  const { out } = await portcullis(["keys", "create", "--principal", "ci", "--json", ...words], folder);
  const { id, key } = JSON.parse(out) as { id: string; key: string };
  return { id, bearer: `Bearer ${key}` };
}

function post(
  { url }: RunningGate,
  authorization: string,
  message: object,
  more: object = {},
): Promise<Response> {
  return fetch(url, {
    method: "POST",
    headers: { ...HEADERS, authorization, ...more },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
}

const clientInfo = { name: "t", version: "1" };
const INITIALIZE = {
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo },
};

test("a key that is taken back opens nothing more and ends what is open, at every gate of the store", async () => {
  const { id, bearer } = await made();
  const other = await made();
  const opened = await Promise.all(
    gates.map(({ url }) =>
      fetch(new URL("/sse", url), { headers: { accept: "text/event-stream", authorization: bearer } }),
    ),
  );
  expect(opened.map(({ status }) => status)).toEqual([200, 200]);
  const streams = opened.map((stream) =>
    stream.text().then(
      () => "ended",
      () => "cut off",
    ),
  );
  expect((await portcullis(["keys", "revoke", id], folder)).code).toBe(0);
  expect(await Promise.all(streams)).toEqual(["cut off", "cut off"]);
  for (const gate of gates) {
    expect((await post(gate, bearer, INITIALIZE)).status).toBe(401);
    expect((await post(gate, other.bearer, INITIALIZE)).status).toBe(200);
  }
  expect((await portcullis(["keys", "revoke", id], folder)).code).toBe(1);
}, 60_000);

test("its sessions are over, for whoever comes with another key of the same principal too", async () => {
  const [gate] = gates;
  if (gate === undefined) throw new Error("no gate");
  const { id, bearer } = await made();
  const other = await made();
  const begun = await post(gate, bearer, INITIALIZE);
  const session = { "mcp-session-id": begun.headers.get("mcp-session-id") ?? "" };
  const list = { id: 2, method: "tools/list", params: {} };
  expect((await post(gate, other.bearer, list, session)).status).toBe(200);
  await portcullis(["keys", "revoke", id], folder);
  await vi.waitFor(async () => expect((await post(gate, other.bearer, list, session)).status).toBe(404), {
    timeout: 10_000,
    interval: 100,
  });
}, 60_000);

test("a gate that nobody can get into says how to make the first key", () => {
  expect(gates[0]?.errors()).toMatch(
    /nobody can get in yet: there is no key\n {5}fix: .*keys bootstrap --config/,
  );
});

test("keys are listed with their state, and never shown again", async () => {
  const { id, bearer } = await made("--name", "nightly", "--server", "notes");
  const { out } = await portcullis(["keys", "list", "--json"], folder);
  const line = out.split("\n").find((each) => each.includes(id)) ?? "";
  expect(JSON.parse(line)).toMatchObject({ id, principal: "ci", state: "active", servers: ["notes"] });
  expect(out).not.toContain(bearer.slice(7));
  expect(out).not.toContain("digest");
});

test("the first key of a gate is made once", async () => {
  const first = await portcullis(["keys", "bootstrap", "--json"], folder);
  const { id, key } = JSON.parse(first.out) as { id: string; key: string };
  const [gate] = gates;
  if (gate === undefined) throw new Error("no gate");
  expect((await post(gate, `Bearer ${key}`, INITIALIZE)).status).toBe(200);
  const again = await portcullis(["keys", "bootstrap"], folder);
  expect([again.code, again.out]).toEqual([1, ""]);
  expect(again.err).toContain(`key ${id} has the role admin already`);
});

test.each([
  [["--network", "nowhere"], "--network nowhere is no address and no range"],
  [["--hours", "nine"], "--hours"],
  [["--expires", "9999d"], "more than ten years"],
  [["--tenant", "a/b"], "--tenant is up to 64"],
])("a key of %j is not made", async (words, said) => {
  const { code, out, err } = await portcullis(["keys", "create", "--principal", "x", ...words], folder);
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain(said);
});
