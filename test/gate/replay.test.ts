import { join, resolve } from "node:path";
import { writeFileSync } from "node:fs";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, expect, test } from "vitest";
import { folderWith, portcullis, removeFolder, startGate } from "./running.ts";

const everything = resolve("node_modules/@modelcontextprotocol/server-everything/dist/index.js");
const POLICY = `
defaults: { verdict: deny }
rules:
  - name: sums
    match: { server: everything, tool: get-sum }
    when: args.a < 100
    allow: true
  - name: echoes
    match: { server: everything, tool: echo }
    allow: true
  - name: few-echoes
    match: { tool: echo }
    limit: { rate: 4/hour, per: [user] }
  - name: no-passwords
    match: { tool: echo }
    when: has(args.password) && args.password == "letmein"
    deny: true
    why: That one is known.
  - name: demo
    match: { server: everything, method: "resources/*", resource: "demo://*" }
    allow: true
`;

let folder: string;
const run = (...words: readonly string[]) => portcullis(["policy", ...words], folder);
const lines = (out: string): readonly Record<string, unknown>[] =>
  out
    .trim()
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>);

/** Calls of every kind through a real gate: allowed, denied, hidden, wrong, over a limit, with what is not kept. */
beforeAll(async () => {
  folder = folderWith({
    "portcullis.yaml": JSON.stringify({
      version: 1,
      policy: ["policy.yaml"],
      mcpServers: { everything: { command: process.execPath, args: [everything, "stdio"] } },
    }),
    "policy.yaml": POLICY,
  });
  const gate = await startGate(folder);
  const client = new Client({ name: "@org/recorder", version: "1" });
  await client.connect(new StreamableHTTPClientTransport(new URL(gate.url)));
  const call = async (name: string, args: Record<string, unknown>): Promise<void> =>
    void (await client.callTool({ name, arguments: args }).catch(() => undefined));
  for (const a of [1, 2, 3, 200]) await call("get-sum", { a, b: 1 });
  for (let at = 0; at < 5; at++) await call("echo", { message: `hello ${at}` });
  await call("echo", { message: "hello", password: "hush" });
  await call("get-env", {});
  await call("get-sum", { a: "one" });
  await call("no-such-tool", {});
  await client.close();
  expect(await gate.stop()).toBe(0);
});
afterAll(() => removeFolder(folder));

test("under the policy that judged them, no recorded verdict changes, and the denominator is honest", async () => {
  const { code, out, err } = await run("replay", "--since", "1h", "--json", "--fail-on-change");
  expect(err).toBe("");
  const found = lines(out);
  expect(found.filter(({ kind }) => kind === "change")).toEqual([]);
  expect(code).toBe(0);
  expect(found.at(-1)).toMatchObject({ kind: "summary", calls: 13, judged: 12, undecided: 1, changed: 0 });
  expect(found).toContainEqual(
    expect.objectContaining({ kind: "undecidable", rule: "no-passwords", looked: "args.password", calls: 1 }),
  );
  expect(found).toContainEqual(
    expect.objectContaining({ kind: "limit", rule: "few-echoes", charged: 4, refused: 1, exceeded: 0 }),
  );
});

test("a change is told before it is made: what, by which rule, for whom, with a call to look at", async () => {
  const next = POLICY.replace("args.a < 100", "args.a > 1")
    .replace("4/hour", "2/hour")
    .replace(
      "match: { server: everything, tool: echo }",
      'match: { server: everything, tool: "echo | get-env" }',
    );
  writeFileSync(join(folder, "next.yaml"), next);
  const { code, out } = await run("replay", "--policy", "next.yaml", "--json", "--fail-on-change");
  const changes = lines(out).filter(({ kind }) => kind === "change");
  expect(changes).toHaveLength(4);
  expect(changes).toContainEqual(
    expect.objectContaining({
      from: "allow",
      to: "deny",
      rule: "few-echoes",
      limit: true,
      calls: 2,
      targets: [expect.objectContaining({ name: "everything echo", calls: 2 })],
    }),
  );
  expect(changes).toContainEqual(
    expect.objectContaining({
      from: "allow",
      to: "deny",
      rule: "default",
      was: "sums",
      calls: 1,
      limit: false,
    }),
  );
  expect(changes).toContainEqual(
    expect.objectContaining({ from: "deny", to: "allow", rule: "sums", was: "default", calls: 1 }),
  );
  expect(changes).toContainEqual(
    expect.objectContaining({
      from: "deny",
      to: "allow",
      rule: "echoes",
      was: "visibility",
      calls: 1,
      principals: [expect.objectContaining({ name: "anonymous", calls: 1 })],
      example: expect.stringMatching(/^call_/) as unknown,
    }),
  );
  expect(code).toBe(1);
  const told = await run("replay", "--policy", "next.yaml");
  expect(told.code).toBe(0);
  expect(told.out).toMatch(/^13 calls: 12 judged again \(92\.3 %\), 1 undecidable\n/);
  expect(told.out).toContain("deny → allow  1 call  echoes (before: visibility)");
  const none = await run("replay", "--policy", "next.yaml", "--server", "other", "--json");
  expect(lines(none.out)).toEqual([expect.objectContaining({ kind: "summary", calls: 0 })]);
});

test("two policies are compared by what they say, and by what they make of the calls on record", async () => {
  writeFileSync(
    join(folder, "stricter.yaml"),
    POLICY.replace("args.a < 100", "args.a < 3").replace("defaults: { verdict: deny }\n", ""),
  );
  const { code, out } = await run("diff", "policy.yaml", "stricter.yaml", "--since", "1h");
  expect(out).toMatch(/^~ rule sums {2}stricter\.yaml:\d+\n {4}when: args\.a < 100 → args\.a < 3\n\n/);
  expect(out).toContain("1 verdict changes.");
  expect(out).toContain("allow → deny  1 call  default (before: sums)");
  expect(code).toBe(0);
  expect((await run("diff", "policy.yaml", "stricter.yaml", "--fail-on-change")).code).toBe(1);
  const same = await run("diff", "policy.yaml", "policy.yaml", "--fail-on-change");
  expect(same).toMatchObject({ code: 0, out: "They say the same.\n" });
  // What is not in force yet is what comes after.
  const next = await run("diff", "stricter.yaml");
  expect(next.out).toContain("    when: args.a < 100 → args.a < 3\n");
  expect((await run("diff", "sha256:abcdef01", "policy.yaml")).err).toContain("the store has no policy");
});

test("a policy is suggested that allows what was used, passes its own tests, and is in force only by hand", async () => {
  const { code, out, err } = await run("suggest", "--since", "1h", "--write", "used.yaml");
  expect({ code, out }).toEqual({ code: 0, out: "" });
  // Three sums and four echoes reached the server.
  expect(err).toMatch(/7 of 7 calls explained/);
  expect((await run("test", "used.yaml")).code).toBe(0);
  const again = await run("suggest", "--since", "1h", "--write", "used.yaml");
  expect({ code: again.code, err: again.err }).toEqual({
    code: 2,
    err: expect.stringContaining("used.yaml exists, and is not written over") as unknown,
  });
  const none = await run("suggest", "--since", "1h", "--server", "other");
  expect({ code: none.code, out: none.out }).toEqual({ code: 1, out: "" });
});

test("a version that was applied is compared, replayed and read by its digest", async () => {
  const applied = await portcullis(["policy", "apply", "--now", "stricter.yaml"], folder);
  expect(applied.code).toBe(0);
  const [version = ""] = /sha256:[0-9a-f]{12}/.exec(applied.err + applied.out) ?? [];
  const compared = await run("diff", version, "policy.yaml", "--since", "1h");
  expect(compared.out).toContain("    when: args.a < 3 → args.a < 100\n");
  expect(compared.out).toContain("deny → allow  1 call  sums (before: default)");
  const again = await run("replay", "--policy", version, "--json");
  expect(lines(again.out).at(-1)).toMatchObject({ kind: "summary", changed: 1 });
});
