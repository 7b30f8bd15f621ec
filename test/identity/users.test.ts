import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

let notes: NotesServer;
let folder: string;
let gate: RunningGate;
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
  gate = await startGate(folder);
});
afterAll(async () => {
  await gate.stop();
  removeFolder(folder);
  notes.stop();
});

const run = (...words: readonly string[]) => portcullis(words, folder);

async function made(...words: readonly string[]): Promise<{ readonly id: string; readonly key: string }> {
  const { out, err } = await run("keys", "create", "--json", ...words);
  expect(err).toBe("");
  return JSON.parse(out) as { id: string; key: string };
}

/** What becomes of a stream of somebody's that lasts until somebody ends it. */
async function stream(
  key: string,
): Promise<{ readonly over: Promise<void>; readonly isOver: () => boolean }> {
  const headers = { accept: "text/event-stream", authorization: `Bearer ${key}` };
  const opened = await fetch(new URL("/sse", gate.url), { headers });
  expect(opened.status).toBe(200);
  let ended = false;
  const end = (): void => void (ended = true);
  return { over: opened.text().then(end, end), isOver: () => ended };
}

const EVENTUALLY = { timeout: 10_000, interval: 50 };
const status = async (key: string): Promise<number> =>
  (
    await fetch(new URL("/governance/v1/openapi.json", gate.url), {
      headers: { authorization: `Bearer ${key}` },
    })
  ).status;

test("a user who is disabled is out within a second, their open stream too; enabled they are in again", async () => {
  const [ana, bo] = [await made("--principal", "ana"), await made("--principal", "bo")];
  const [hers, his] = [await stream(ana.key), await stream(bo.key)];
  expect((await run("users", "add", "ana", "--role", "auditor")).code).toBe(0);
  // With other roles it is another beginning.
  await hers.over;
  const again = await stream(ana.key);
  expect(await run("users", "disable", "ana")).toMatchObject({
    code: 0,
    err: expect.stringContaining("who runs this machine and may do everything"),
  });
  await again.over;
  await vi.waitFor(async () => expect(await status(ana.key)).toBe(401), EVENTUALLY);
  expect([await status(bo.key), his.isOver()]).toEqual([200, false]);
  expect((await run("users", "enable", "ana")).code).toBe(0);
  await vi.waitFor(async () => expect(await status(ana.key)).toBe(200), EVENTUALLY);
}, 60_000);

test("a service account's key opens nothing once the account is gone", async () => {
  const refused = await run("keys", "create", "--service-account", "robot");
  expect(refused).toMatchObject({
    code: 1,
    err: expect.stringContaining("users add robot --service-account"),
  });
  await run("users", "add", "robot", "--service-account", "--role", "user");
  const { key } = await made("--service-account", "robot");
  const { over } = await stream(key);
  expect((await run("keys", "list")).out).toMatch(
    /KEY +PRINCIPAL +TENANT +ROLES[^]*robot +default +of the account +active/,
  );
  expect((await run("users", "remove", "robot")).code).toBe(0);
  await over;
  await vi.waitFor(async () => expect(await status(key)).toBe(401), EVENTUALLY);
}, 60_000);

test("whose key the environment holds gives no more than they may", async () => {
  const owner = await made("--principal", "olga", "--role", "tenant_admin");
  const as = (...words: readonly string[]) => portcullis(words, folder, { PORTCULLIS_API_KEY: owner.key });
  expect(await as("keys", "create", "--principal", "x", "--role", "admin")).toMatchObject({
    code: 1,
    out: "",
    err: expect.stringContaining("needs what olga lacks"),
  });
  expect((await as("users", "add", "cy", "--role", "operator")).code).toBe(0);
  expect((await as("users", "add", "cy2", "--role", "auditor")).code).toBe(1);
  expect((await as("keys", "list", "--tenant", "acme")).code).toBe(1);
  const { out } = await as("users", "list", "--json");
  expect(out).toContain('"made_by":"olga"');
}, 60_000);

test("a key is replaced, and the old one is good for as long as is said", async () => {
  const old = await made("--principal", "ci", "--server", "notes");
  const { out } = await run("keys", "replace", old.id, "--grace", "0s", "--json");
  const { key } = JSON.parse(out) as { key: string };
  await vi.waitFor(
    async () => expect([await status(old.key), await status(key)]).toEqual([401, 200]),
    EVENTUALLY,
  );
  expect((await run("keys", "replace", old.id)).code).toBe(1);
}, 60_000);

test("neither a key nor a user is made for a tenant that is not there", async () => {
  const apart = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      auth: { mode: "required", api_keys: true },
      tenants: { acme: {} },
      mcpServers: { notes: { url: notes.url } },
    }),
  });
  try {
    const tried = (tenant: string) =>
      Promise.all([
        portcullis(["keys", "create", "--principal", "ana", "--tenant", tenant], apart),
        portcullis(["users", "add", "ana", "--tenant", tenant], apart),
      ]);
    for (const each of await tried("acem"))
      expect(each).toMatchObject({ code: 1, err: expect.stringContaining("there is no tenant acem") });
    for (const each of await tried("acme")) expect(each.code).toBe(0);
    await portcullis(["tenants", "create", "gamma"], apart);
    expect((await portcullis(["tenants", "delete", "gamma", "--confirm", "gamma"], apart)).code).toBe(0);
    for (const each of await tried("gamma")) expect(each.code).toBe(1);
  } finally {
    removeFolder(apart);
  }
});
