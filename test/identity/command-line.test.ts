import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder } from "../gate/running.ts";

const POLICY = `
rules:
  - name: production
    match: { server: notes }
    access: { approvers: ["role:lead"], within: 1h, for: 1d }
    why: Somebody of the leads knows.
`;

let folder: string;
beforeAll(async () => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      auth: { mode: "required", api_keys: true },
      mcpServers: { notes: { url: "http://127.0.0.1:9/mcp" } },
    }),
    "policy.yaml": POLICY,
  });
});
afterAll(() => removeFolder(folder));

/** A key, as the command line gives it. */
async function made(principal: string, ...words: readonly string[]): Promise<{ id: string; key: string }> {
  const { out } = await portcullis(["keys", "create", "--principal", principal, "--json", ...words], folder);
  return JSON.parse(out) as { id: string; key: string };
}
const ACCESS = ["access", "request", "--server", "notes", "--for", "1h", "--reason", "a look"];
const as = (key: string, ...words: readonly string[]) =>
  portcullis(words, folder, { PORTCULLIS_API_KEY: key });

describe("on a gate that authenticates people", () => {
  test("who asks and who decides is who the key says", async () => {
    const [agent, lead] = await Promise.all([made("agent"), made("carl", "--role", "lead")]);
    const asked = await as(agent.key, ...ACCESS, "--json");
    expect([asked.code, asked.err]).toEqual([0, ""]);
    const { id } = JSON.parse(asked.out) as { id: string };
    expect(await as(agent.key, "approve", id)).toMatchObject({ code: 1 });
    const file = join(folder, "carl.key");
    writeFileSync(file, `${lead.key}\n`);
    const given = { PORTCULLIS_API_KEY_FILE: file };
    const approved = await portcullis(["approve", id, "--approver", "carl"], folder, given);
    expect([approved.code, approved.err]).toEqual([0, expect.stringContaining(`${id} is approved`)]);
    const { out } = await portcullis(["approvals", id, "--json"], folder);
    expect(JSON.parse(out)).toMatchObject({
      principal: "agent",
      state: "approved",
      acts: [{ by: "carl", source: "api-key" }],
    });
  });

  test("a question is of the key's tenant", async () => {
    const [agent, lead] = await Promise.all([
      made("agent", "--tenant", "acme"),
      made("carl", "--tenant", "acme", "--role", "lead"),
    ]);
    const { out } = await as(agent.key, ...ACCESS, "--json");
    const { id } = JSON.parse(out) as { id: string };
    const foreign = await made("carl", "--role", "lead");
    expect((await as(foreign.key, "approve", id)).err).toContain(`there is no approval ${id}`);
    expect((await as(lead.key, "deny", id, "--reason", "no")).code).toBe(0);
  });

  const ID = "apr_01kah6qv9ye5svxc7r4jzd0m2n";
  const key = async (...words: readonly string[]) => (await made("carl", ...words)).key;
  test.each<[string, () => Promise<string>, readonly string[], number, string]>([
    [
      "no key",
      () => Promise.resolve(""),
      ["approve", ID],
      2,
      "set PORTCULLIS_API_KEY (PORTCULLIS_API_KEY_FILE",
    ],
    ["no key at all", () => Promise.resolve("hush"), ["deny", ID], 1, "it is no key, or was mistyped"],
    ["another's name", key, ["approve", ID, "--approver", "ana"], 2, "you are carl here"],
    ["another's access", key, [...ACCESS, "--principal", "ana"], 2, "you are carl here"],
    ["more roles", key, [...ACCESS, "--role", "lead"], 2, "roles are what the key says"],
    ["another tenant", key, ["review", ID, "--tenant", "acme"], 2, "you are of tenant default here"],
    [
      "a key for elsewhere",
      () => key("--network", "10.0.0.0/8"),
      ["deny", ID],
      1,
      "may not be used from here",
    ],
  ])("%s is refused, and what to do is said", async (_, given, words, code, said) => {
    const run = await as(await given(), ...words);
    expect([run.code, run.out]).toEqual([code, ""]);
    expect(run.err).toContain(said);
    expect(run.err).not.toContain("hush");
  });

  test("a key that was taken back is refused", async () => {
    const { id, key: text } = await made("carl");
    await portcullis(["keys", "revoke", id], folder);
    const run = await as(text, "approve", ID);
    expect([run.code, run.err]).toEqual([1, expect.stringContaining("was taken back or has expired")]);
  });
});
