// What a client calls its request stands in the answer and on record, and leads to the call.
import { resolve } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { INITIALIZE } from "../faults/gate/client.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";

let gate: RunningGate;
beforeAll(async () => {
  gate = await startGate(
    folderWith({
      "portcullis.yaml": `version: 1
store: sqlite:p.db
policy: [policy.yaml]
mcpServers:
  toy: { command: ${process.execPath}, args: ["${resolve("test/servers/toy.ts")}"] }
`,
      "policy.yaml": "defaults: { verdict: allow }\n",
    }),
  );
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  removeFolder(gate.folder);
});

async function post(message: object, headers: Readonly<Record<string, string>>): Promise<Headers> {
  const response = await fetch(gate.url, {
    method: "POST",
    headers: {
      "content-type": "application/json",
      accept: "application/json, text/event-stream",
      ...headers,
    },
    body: JSON.stringify({ jsonrpc: "2.0", ...message }),
  });
  await response.text();
  return response.headers;
}
const call = { id: 7, method: "tools/call", params: { name: "toy", arguments: {} } };

async function logged(...filter: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const { out } = await portcullis(["logs", "--json", ...filter], gate.folder);
  return out
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);
}

test("a request is found by its name, the client's or the gate's, and its session's calls together", async () => {
  const begun = await post({ ...INITIALIZE, id: 0 }, { "x-request-id": "hello-1" });
  expect(begun.get("x-request-id")).toBe("hello-1");
  const session = { "mcp-session-id": begun.get("mcp-session-id") ?? "" };
  await post({ method: "notifications/initialized" }, session);
  const named = await post(call, { ...session, "x-request-id": "trace/42=a+b:c.d_e" });
  expect(named.get("x-request-id")).toBe("trace/42=a+b:c.d_e");
  const own = (await post(call, session)).get("x-request-id") ?? "";
  expect(own).toMatch(/^req_[0-9a-z]{26}$/);
  // What is no name is not taken for one, and the gate's own stands there.
  const odd = await post(call, { ...session, "x-request-id": "a b@c" });
  expect(odd.get("x-request-id")).toMatch(/^req_/);

  const [one, ...others] = await logged("--request-id", "trace/42=a+b:c.d_e");
  expect(others).toEqual([]);
  expect(one).toMatchObject({ request_id: "trace/42=a+b:c.d_e", status: "ok" });
  expect(one?.["session"]).toMatch(
    /^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  );
  expect(await logged("--request-id", own)).toMatchObject([
    { id: own.replace("req_", "call_"), request_id: own },
  ]);
  expect(await logged("--session", String(one?.["session"]))).toHaveLength(3);

  const asked = await fetch(new URL("/governance/v1/authorize", gate.url), {
    method: "POST",
    headers: { "content-type": "application/json", "x-request-id": "ask-1" },
    body: JSON.stringify({
      tenant_id: "default",
      resource_id: "toy/toy",
      operation: "tools/call",
      consume: true,
    }),
  });
  expect([asked.status, asked.headers.get("x-request-id")]).toEqual([200, "ask-1"]);
  expect(await logged("--request-id", "ask-1")).toMatchObject([{ tool: "toy", session: null }]);

  const why = await portcullis(["why", own], gate.folder);
  expect(why.out).toContain(`request  ${own}`);
  expect(why.out).toContain(`session  ${String(one?.["session"])}`);
});
