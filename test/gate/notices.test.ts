import { join, resolve } from "node:path";
import { Webhook as Verifier } from "standardwebhooks";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Receiver, receiver } from "../receivers/http.ts";
import { legacyClient } from "./http-client.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "./running.ts";

const SECRET = `whsec_${Buffer.alloc(24, 9).toString("base64")}`;
const POLICY = `
defaults: { verdict: allow }
rules:
  - { name: closed, match: { server: shut }, when: has(args.password), deny: true, why: It is closed. }
  - { name: few, match: { server: open }, limit: { quota: 2/day, alert_at: 50% }, why: Not so many. }
  - name: two-people
    match: { server: careful }
    ask: { approvers: [ana@example.com], notify: ["webhook://siem"] }
    why: People look at this first.
`;
const toy = { command: process.execPath, args: [resolve("test/servers/toy.ts"), "toy"] };

let hook: Receiver;
let gate: RunningGate;
beforeAll(async () => {
  hook = await receiver();
  const folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      public_url: "https://gate.example.com",
      outbound: { allow: ["127.0.0.1"] },
      notifications: {
        webhooks: { siem: { url: hook.url, secrets: ["${HOOK}"] } },
        alerts: [{ on: ["violation", "limit", "upstream"], to: ["webhook://siem"], cooldown: "1h" }],
      },
      mcpServers: {
        open: toy,
        shut: toy,
        careful: toy,
        broken: { command: process.execPath, args: ["-e", "process.exit(1)"] },
      },
    }),
    "policy.yaml": POLICY,
  });
  gate = await startGate(folder, { HOOK: SECRET });
});
afterAll(async () => {
  expect(await gate.stop()).toBe(0);
  await hook.close();
  removeFolder(gate.folder);
});

type Event = { readonly type: string; readonly data: Readonly<Record<string, unknown>> };

function events(): readonly Event[] {
  return hook.got.map(
    ({ body, headers }) => new Verifier(SECRET).verify(body, headers as Record<string, string>) as Event,
  );
}

test("what happens at a gate is told, once each, signed, and without arguments", async () => {
  const call = async (server: string): Promise<string> => {
    const ask = await legacyClient(`${gate.url}/${server}`);
    return (await ask("tools/call", { name: "toy", arguments: { password: "hunter2" } })).text;
  };
  expect(await call("shut")).toContain("BLOCKED");
  expect(await call("shut")).toContain("BLOCKED");
  for (const said of ["toy", "toy", "LIMIT"]) expect(await call("open")).toContain(said);
  expect(await call("careful")).toContain("WAITING FOR APPROVAL");
  await call("broken");
  await hook.received(5);
  const told = events();
  expect(told.map(({ type }) => type).toSorted()).toEqual([
    "approval.asked",
    "limit.alert",
    "limit.exceeded",
    "upstream.down",
    "violation",
  ]);
  expect(JSON.stringify(told)).not.toContain("hunter2");
  const of = (type: string) => told.find((event) => event.type === type)?.data;
  expect(of("violation")).toMatchObject({
    server: "shut",
    tool: "toy",
    rule: "closed",
    why: "It is closed.",
  });
  expect(of("limit.alert")).toMatchObject({ rule: "few", used: "2 of 2" });
  expect(of("upstream.down")).toMatchObject({ server: "broken" });
  const asked = of("approval.asked");
  expect(asked?.["link"]).toMatch(/^https:\/\/gate\.example\.com\/a\/apr_/);
  expect(String(asked?.["text"]).split("\n")[0]).toBe("Approval needed: careful/toy");

  const file = ["--config", join(gate.folder, "portcullis.yaml")];
  const listed = await portcullis(["notifications", "--json", ...file], gate.folder);
  const states = listed.out
    .trim()
    .split("\n")
    .map((line) => (JSON.parse(line) as { state: string }).state);
  expect(states).toEqual(Array(5).fill("sent"));
});

test("a channel can be tried, and says what is wrong with it", async () => {
  const file = ["--config", join(gate.folder, "portcullis.yaml")];
  const env = { HOOK: SECRET };
  const before = hook.got.length;
  const tried = await portcullis(["notifications", "test", "webhook://siem", ...file], gate.folder, env);
  expect([tried.code, tried.err]).toEqual([0, "ok   webhook://siem took the test notice\n"]);
  expect(events().slice(before)).toMatchObject([{ type: "test" }]);
  const none = await portcullis(["notifications", "test", "slack://ops", ...file], gate.folder, env);
  expect([none.code, none.err]).toEqual([2, expect.stringContaining("Slack is not configured")]);
  const unknown = "ntc_01kah6qv9ye5svxc7r4jzd0m2n";
  const resent = await portcullis(["notifications", "resend", unknown, ...file], gate.folder, env);
  expect([resent.code, resent.err]).toEqual([1, `fail ${unknown} was not given up, or is not there\n`]);
});

test("doctor looks at channels without sending anything", async () => {
  const before = hook.got.length;
  const { out } = await portcullis(
    ["doctor", "--json", "--config", join(gate.folder, "portcullis.yaml")],
    gate.folder,
    { HOOK: SECRET },
  );
  const found = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as { check: string; message: string });
  expect(found.filter(({ check }) => check === "notices")).toMatchObject([
    { level: "ok", message: "webhook://siem  by 127.0.0.1, not asked" },
  ]);
  expect(hook.got).toHaveLength(before);
});
