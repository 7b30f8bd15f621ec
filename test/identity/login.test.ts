// Signing in from the command line, at a real identity provider's device flow.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, statSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join, resolve } from "node:path";
import { URI } from "otpauth";
import { afterAll, beforeAll, expect, test } from "vitest";
import { freePort } from "../free-port.ts";
import {
  ENVIRONMENT,
  folderWith,
  portcullis,
  removeFolder,
  type RunningGate,
  startGate,
} from "../gate/running.ts";
import { COMMAND_LINE_CLIENT, type PeopleProvider, peopleProvider } from "./people-provider.ts";

let provider: PeopleProvider;
let gate: RunningGate;
let folder: string;
let origin: string;
/** No keychain answers here, so logins are in a file of the user's state. */
let env: Record<string, string>;

beforeAll(async () => {
  provider = await peopleProvider(["http://127.0.0.1:1/unused"]);
  const port = await freePort();
  origin = `http://127.0.0.1:${port}`;
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      listen: `127.0.0.1:${port}`,
      policy: ["policy.yaml"],
      mcpServers: { notes: { url: "http://127.0.0.1:1/mcp" } },
      outbound: { allow: ["127.0.0.1"] },
      auth: {
        mode: "required",
        api_keys: true,
        oauth: { issuers: [{ issuer: provider.issuer }] },
        command_line: { client_id: COMMAND_LINE_CLIENT, scopes: ["openid", "offline_access", "mcp"] },
        sign_in: { one_time_passwords: true },
      },
    }),
    "policy.yaml": "defaults: { verdict: allow }\nrules: []\n",
  });
  env = { XDG_STATE_HOME: join(folder, "state"), DBUS_SESSION_BUS_ADDRESS: "unix:path=/nowhere" };
  gate = await startGate(folder, {}, [], port);
});
afterAll(async () => {
  await gate.stop();
  provider.stop();
  removeFolder(folder);
});

/** `portcullis login`, with somebody who goes where it says. */
async function logsIn(name: string, ...words: readonly string[]): Promise<{ code: number; err: string }> {
  const child = spawn(process.execPath, [resolve("src/cli/cli.ts"), "login", ...words], {
    cwd: folder,
    env: { ...ENVIRONMENT, NO_COLOR: "1", ...env },
    stdio: ["ignore", "ignore", "pipe"],
  });
  let err = "";
  let went = false;
  child.stderr.on("data", (piece: Buffer) => {
    err += piece.toString();
    const [, address] = /^or open (\S+)/m.exec(err) ?? [];
    if (address === undefined || went) return;
    went = true;
    void provider.approveDevice(address, name);
  });
  const [code] = (await once(child, "close")) as [number];
  return { code, err };
}

test("somebody signs in with any browser, is who the provider says, and signs out", async () => {
  const { code, err } = await logsIn("ana@example.com");
  expect([code, err]).toEqual([0, expect.stringContaining(`signed in to ${origin}`)]);
  const file = join(folder, "state", "portcullis", "logins.json");
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const kept = JSON.parse(readFileSync(file, "utf8")) as Record<string, { access_token: string }>;
  expect(err).not.toContain(kept[origin]?.access_token);

  const who = await portcullis(["whoami", "--json"], folder, env);
  expect(JSON.parse(who.out)).toMatchObject({ id: "ana@example.com", source: "token", tenant: "default" });

  // The commands that decide, and those that look after people, act as who is signed in.
  const review = await portcullis(["approve", "apr_01kah6qv9ye5svxc7r4jzd0m2n"], folder, env);
  expect(review.err).toContain("there is no approval");
  const listed = await portcullis(["users", "list"], folder, env);
  expect([listed.code, listed.err]).toEqual([1, expect.stringContaining("ana@example.com lacks")]);
  const asBob = await portcullis(
    ["approve", "apr_01kah6qv9ye5svxc7r4jzd0m2n", "--approver", "bob"],
    folder,
    env,
  );
  expect([asBob.code, asBob.err]).toEqual([2, expect.stringContaining("nobody acts in another's name")]);

  expect((await portcullis(["logout"], folder, env)).err).toContain("signed out");
  expect(existsSync(file)).toBe(false);
  expect((await portcullis(["approve", "apr_01kah6qv9ye5svxc7r4jzd0m2n"], folder, env)).err).toContain(
    "nobody is signed in here",
  );
}, 60_000);

test("somebody with a key and one-time passwords signs in on the page, and is signed out from here", async () => {
  const enrolled = await portcullis(["users", "totp", "ana@example.com"], folder, env);
  expect(enrolled.out).toMatch(
    /^otpauth:\/\/totp\/Portcullis:ana%40example\.com\?issuer=Portcullis&secret=[A-Z2-7]{32}&/,
  );
  const made = await portcullis(["keys", "create", "--principal", "ana@example.com"], folder, env);
  const page = await fetch(`${origin}/signin`);
  const [form = ""] = page.headers.getSetCookie().map((set) => set.split(";", 1)[0]);
  const [, token = ""] = /name="token" value="([^"]+)"/.exec(await page.text()) ?? [];
  const code = URI.parse(enrolled.out.trim()).generate();
  const signed = await fetch(`${origin}/signin`, {
    method: "POST",
    redirect: "manual",
    headers: { cookie: form },
    body: new URLSearchParams({ token, key: made.out.trim(), code }),
  });
  expect(signed.status).toBe(303);
  const [cookie = ""] = signed.headers.getSetCookie().map((set) => set.split(";", 1)[0]);
  const seen = async (): Promise<boolean> =>
    (await (await fetch(`${origin}/signin`, { headers: { cookie } })).text()).includes("ana@example.com");
  expect(await seen()).toBe(true);
  const { out } = await portcullis(["sessions", "list", "--json"], folder, env);
  const { id, ...session } = JSON.parse(out) as { id: string };
  expect(session).toMatchObject({ principal: "ana@example.com", state: "active", amr: ["otp", "mfa"] });
  expect(out).not.toContain(cookie.split(".")[1]);
  expect((await portcullis(["sessions", "revoke", id], folder, env)).code).toBe(0);
  expect(await seen()).toBe(false);
  expect((await portcullis(["users", "totp", "ana@example.com", "--remove"], folder, env)).code).toBe(0);
  const again = await portcullis(["sessions", "revoke", id], folder, env);
  expect([again.code, again.err]).toEqual([1, expect.stringContaining(`no session ${id}`)]);
}, 60_000);

test.each([
  ["nothing answers", ["--gate", "http://127.0.0.1:1"], 3, "no gate answers"],
  ["others could read it", ["--gate", "http://gate.example"], 2, "no https:// address"],
])("where %s nobody signs in", async (_, words, code, said) => {
  const answer = await portcullis(["login", ...words], folder, env);
  expect([answer.code, answer.err]).toEqual([code, expect.stringContaining(said)]);
});

test("a gate that says it is another one is not believed", async () => {
  const local = origin.replace("127.0.0.1", "localhost");
  const { createServer: createHttp } = await import("node:http");
  const other = createHttp((_, response) =>
    response.end(JSON.stringify({ resource: `${local}/governance` })),
  );
  other.listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const answer = await portcullis(["login", "--gate", `http://127.0.0.1:${port}`], folder, env);
  expect([answer.code, answer.err]).toEqual([1, expect.stringContaining("it is another gate")]);
  other.close();
});
