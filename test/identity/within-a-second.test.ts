// What is taken back at one gate is over at another of the same store within a second, what is open there too.
import { URI } from "otpauth";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { ask, keyOf, send } from "../tenants/gates.ts";
import { type NotesServer, notesServer } from "./notes-server.ts";

let notes: NotesServer;
let folder: string;
let here: RunningGate;
let elsewhere: RunningGate;
let root: string;

beforeAll(async () => {
  notes = await notesServer();
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      auth: { mode: "required", api_keys: true, sign_in: { one_time_passwords: true } },
      tenants: { acme: {} },
      mcpServers: { notes: { url: notes.url } },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  here = await startGate(folder);
  elsewhere = await startGate(folder);
  const { out } = await portcullis(["keys", "bootstrap", "--json"], folder);
  root = `Bearer ${(JSON.parse(out) as { key: string }).key}`;
});
afterAll(async () => {
  for (const gate of [here, elsewhere]) await gate.stop();
  removeFolder(folder);
  notes.stop();
});

async function changed(method: string, path: string, body?: object): Promise<void> {
  const answer = await send(here, root, `/governance/v1${path}`, method, body);
  expect([path, answer.status < 300, answer.body]).toEqual([path, true, answer.body]);
}

/** When a stream that is open at a gate is cut off. */
async function streaming({ url }: RunningGate, bearer: string): Promise<{ readonly over: Promise<number> }> {
  const headers = { accept: "text/event-stream", authorization: bearer };
  const stream = await fetch(new URL("/sse", url), { headers });
  expect(stream.status).toBe(200);
  const end = (): number => performance.now();
  return { over: stream.text().then(end, end) };
}

const TAKEN: readonly (readonly [string, string, (key: string, who: string) => Promise<void>])[] = [
  ["a key", "default", (key) => changed("DELETE", `/keys/${key}`)],
  ["a principal", "default", (_, who) => changed("PATCH", `/users/${who}`, { state: "disabled" })],
  ["a tenant", "acme", () => changed("POST", "/tenants/acme/suspend")],
];

// A machine that is busy with other tests may look late once; a gate that is slow is so each time.
test.each(TAKEN)("%s", { retry: 2 }, async (_, tenant, taken) => {
  const who = `ana-${performance.now().toFixed(0)}`;
  await changed("POST", `/users?tenant=${tenant}`, { id: who });
  const { id, bearer } = await keyOf(folder, tenant, who);
  // Undefined: the call was under way, and is cut off.
  const call = async (gate: RunningGate): Promise<number | undefined> => {
    const asked = ask(gate, bearer, "tools/call", { name: "read_note", arguments: {} });
    return (await asked.catch(() => undefined))?.status;
  };
  for (const gate of [here, elsewhere]) await expect.poll(() => call(gate)).toBe(200);
  const streams = [await streaming(here, bearer), await streaming(elsewhere, bearer)];

  await taken(id, who);
  const from = performance.now();
  while ((await call(elsewhere)) === 200);
  const refused = performance.now();
  const ends = await Promise.all(streams.map(({ over }) => over));
  const answers = [await call(here), await call(elsewhere)];
  if (tenant === "acme") await changed("POST", "/tenants/acme/resume");
  for (const end of [refused, ...ends]) expect(end - from).toBeLessThan(1_000);
  expect(answers).toEqual([401, 401]);
});

test("a session", async () => {
  const { bearer } = await keyOf(folder, "default", "ben");
  const enrolled = await portcullis(["users", "totp", "ben"], folder);
  const page = await fetch(new URL("/signin", elsewhere.url));
  const [form = ""] = page.headers.getSetCookie().map((set) => set.split(";", 1)[0]);
  const [, token = ""] = /name="token" value="([^"]+)"/.exec(await page.text()) ?? [];
  const signed = await fetch(new URL("/signin", elsewhere.url), {
    method: "POST",
    redirect: "manual",
    headers: { cookie: form },
    body: new URLSearchParams({
      token,
      key: bearer.slice(7),
      code: URI.parse(enrolled.out.trim()).generate(),
    }),
  });
  const [cookie = ""] = signed.headers.getSetCookie().map((set) => set.split(";", 1)[0]);
  const seen = async (): Promise<boolean> =>
    (await (await fetch(new URL("/signin", elsewhere.url), { headers: { cookie } })).text()).includes("ben");
  expect(await seen()).toBe(true);
  const { body } = await send(here, root, "/governance/v1/sessions", "GET");
  const { items } = body as { items: readonly { readonly id: string }[] };
  await changed("DELETE", `/sessions/${items[0]?.id ?? ""}`);
  expect(await seen()).toBe(false);
});
