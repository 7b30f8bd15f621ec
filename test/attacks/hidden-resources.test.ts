import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { type Ask, type Came, legacyClient, modernClient } from "../gate/http-client.ts";
import { folderWith, portcullis, removeFolder, type RunningGate, startGate } from "../gate/running.ts";
import { APP, SKILL, type Shelf, startShelf } from "../servers/shelf-http.ts";

let shelf: Shelf;
let gate: RunningGate;

beforeAll(async () => {
  shelf = await startShelf();
  gate = await startGate(
    folderWith({
      "portcullis.yaml": JSON.stringify({
        version: 1,
        policy: ["policy.yaml"],
        mcpServers: { some: { url: shelf.url }, all: { url: shelf.url } },
      }),
      "policy.yaml": `
defaults: { verdict: allow }
rules:
  - { name: closed, match: { server: some, resource: "file:///closed/*|*/closed|skill://secret/*" }, deny: true, why: Closed. }
`,
    }),
  );
});
afterAll(async () => {
  await gate.stop();
  await shelf.close();
  removeFolder(gate.folder);
});
beforeEach(() => {
  shelf.asked.length = 0;
});

const HIDDEN = "file:///closed/b";
const UNKNOWN = "file:///opened/b";

/** What came, with one URI and one id in the place of any. */
function masked({ text, ...rest }: Came, uri: string): object {
  const { id: _, ...said } = JSON.parse(text) as Record<string, unknown>;
  return { ...rest, said: JSON.stringify(said).replaceAll(uri, "URI") };
}

const eras = [
  ["2025-11-25", (at: string): Promise<Ask> => legacyClient(gate.url + at), -32002],
  ["2026-07-28", (at: string): Promise<Ask> => Promise.resolve(modernClient(gate.url + at)), -32602],
] as const;

describe.each(eras)("%s", (_, client, code) => {
  test.each(["resources/read", "resources/subscribe", "skills/get"])(
    "%s: nobody can tell a hidden resource from one that is not there",
    async (method) => {
      const ask = await client("/some");
      const [hidden, unknown] = [await ask(method, { uri: HIDDEN }), await ask(method, { uri: UNKNOWN })];
      expect(masked(hidden, HIDDEN)).toEqual(masked(unknown, UNKNOWN));
      expect(JSON.parse(hidden.text)).toMatchObject({
        error: { code, message: `Resource not found: ${HIDDEN}` },
      });
      expect(shelf.asked).not.toContain(`${method} ${HIDDEN}`);
    },
  );

  test("both take a turn of the server", async () => {
    const ask = await client("/some");
    const count = async (uri: string): Promise<number> => {
      shelf.asked.length = 0;
      await ask("resources/read", { uri });
      return shelf.asked.length;
    };
    await count(UNKNOWN);
    expect(await count(HIDDEN)).toBe(await count(UNKNOWN));
  });

  test("a server that reads nothing out of what it does not have says no more by it", async () => {
    const ask = await client("/some");
    const empty = await ask("resources/read", { uri: "file:///nothing" });
    const hidden = await ask("resources/read", { uri: HIDDEN });
    expect(masked(empty, "file:///nothing")).toEqual(masked(hidden, HIDDEN));
  });

  test("where nothing is hidden, the server's own words come as they are", async () => {
    const ask = await client("/all");
    expect(JSON.parse((await ask("resources/read", { uri: UNKNOWN })).text)).toMatchObject({
      error: { code: -32603, message: `ENOENT: nothing at ${UNKNOWN}`, data: { pid: 7 } },
    });
    expect((await ask("resources/read", { uri: HIDDEN })).text).toContain(`read ${HIDDEN}`);
  });

  test("what is there and not hidden is read, the page of an app too", async () => {
    const ask = await client("/some");
    for (const uri of ["file:///open/a", APP])
      expect((await ask("resources/read", { uri })).text).toContain(`read ${uri}`);
  });

  test("lists of skills and folders hold what is not hidden, and nothing else", async () => {
    const ask = await client("/some");
    const skills = (await ask("skills/list", {})).text;
    expect(skills).toContain(SKILL);
    expect(skills).not.toContain("skill://secret");
    const folder = (await ask("resources/directory/read", { uri: "file:///open" })).text;
    expect(folder).toContain("file:///open/a");
    expect(folder).not.toContain("closed");
    expect((await ask("skills/get", { uri: SKILL })).text).toContain('"name":"review"');
  });

  test("the tools of apps come byte for byte, on the address of all servers too", async () => {
    const own = (await (await client("/some"))("tools/list", {})).text;
    const meta = `"_meta":{"ui":{"resourceUri":"${APP}","visibility":["app"]},"ui/resourceUri":"${APP}"}`;
    expect(own).toContain(`{"name":"clock", "inputSchema":{"type":"object"},${meta}}`);
    const all = (await (await client(""))("tools/list", {})).text;
    expect(all.split(meta)).toHaveLength(3);
  });

  test("on the address of all servers a skill's files lead to the server that has the skill", async () => {
    const ask = await client("");
    expect((await ask("skills/list", {})).text.split(SKILL).length).toBeGreaterThan(1);
    expect((await ask("resources/read", { uri: SKILL })).text).toContain(`read ${SKILL}`);
    const beside = "skill://review/references/none.md";
    await ask("resources/read", { uri: beside });
    expect(shelf.asked).toContain(`resources/read ${beside}`);
    const hidden = await ask("resources/read", { uri: HIDDEN });
    const unknown = await ask("resources/read", { uri: UNKNOWN });
    expect(masked(hidden, HIDDEN)).toEqual(masked(unknown, UNKNOWN));
  });
});

test("the record says which of them was there to be hidden", async () => {
  const { out } = await portcullis(["logs", "--json", "--config", "portcullis.yaml"], gate.folder);
  const lines = out
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .filter(({ method, server }) => method === "resources/read" && server === "some");
  const hidden = lines.find(({ target }) => target === HIDDEN);
  expect(hidden).toMatchObject({ verdict: "deny", rule: "visibility", status: "denied" });
  const unknown = lines.find(({ target }) => target === UNKNOWN);
  expect(unknown).toMatchObject({ verdict: "allow", status: "error" });
});
