import { execFile } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { Ajv } from "ajv";
import { afterAll, describe, expect, test } from "vitest";
import { parse } from "yaml";
import { loadConfig } from "../../src/config/load.ts";
import { project } from "./portcullis.ts";

const EXAMPLE = fileURLToPath(new URL("../../examples/start/", import.meta.url));
const here = project();
afterAll(() => here.remove());

function schema(name: string): object {
  return JSON.parse(readFileSync(new URL(`../../schema/${name}`, import.meta.url), "utf8")) as object;
}

describe("what init writes", () => {
  test("is read, checked and tested without a change", async () => {
    expect(await here.run(["init"])).toMatchObject({ code: 0 });
    expect(await here.run(["policy", "check"])).toMatchObject({ code: 0 });
    const tested = await here.run(["policy", "test"]);
    expect(tested).toMatchObject({ code: 0 });
    expect(tested.err).toMatch(/8 tests passed, 6 of 6 rules tested/);
    expect(loadConfig({ file: join(here.folder, "portcullis.yaml"), env: {} }).notes).toEqual([]);
  });

  test("begins with a schema that exists and accepts it", () => {
    for (const [file, name] of [["portcullis.yaml", "portcullis.schema.json"], ["policy/main.yaml", "policy.schema.json"]] as const) {
      const text = readFileSync(join(here.folder, file), "utf8");
      const named = /^# yaml-language-server: \$schema=(.+)\n/.exec(text)?.[1] ?? "";
      // From the file itself, so that the project may move and be cloned.
      expect(named).toMatch(/^\.\.?\//);
      expect(readFileSync(join(here.folder, file, "..", named), "utf8")).toBe(JSON.stringify(schema(name), undefined, 2) + "\n");
      const valid = new Ajv({ strict: false, validateFormats: false }).compile(schema(name));
      valid(parse(text));
      expect(valid.errors ?? []).toEqual([]);
    }
  });

  test("keeps the records out of git, and the schemas in", async () => {
    const git = async (...words: readonly string[]): Promise<string> =>
      (await promisify(execFile)("git", words, { cwd: here.folder, encoding: "utf8" })).stdout;
    writeFileSync(join(here.folder, ".portcullis/portcullis.db"), "");
    await git("init", "-q");
    const files = (await git("ls-files", "--others", "--exclude-standard")).split("\n");
    expect(files).toEqual(expect.arrayContaining([".portcullis/schema/policy.schema.json", "portcullis.yaml"]));
    expect(files).not.toContain(".portcullis/portcullis.db");
  });

  test("is never overwritten", async () => {
    const before = readFileSync(join(here.folder, "portcullis.yaml"), "utf8");
    expect(await here.run(["init", "--import"])).toMatchObject({ code: 0, err: expect.stringContaining("stays as it is") });
    expect(readFileSync(join(here.folder, "portcullis.yaml"), "utf8")).toBe(before);
  });
});

describe("what init takes over from clients", () => {
  const HIDDEN = ["ghp_abcdefghijklmnop1234", "plain-pass", "hello-key", "abc.def"];
  const client = `{ // the user's own list
    "mcpServers": {
      "git hub": { "command": "npx", "args": ["-y", "server-github", "--token", "ghp_abcdefghijklmnop1234"], "env": { "DB_PASSWORD": "plain-pass", "LOG": "info" }, },
      "old": { "url": "https://old.example/sse", "type": "sse" },
      "web": { "url": "https://x.example/mcp?api_key=hello-key", "headers": { "Authorization": "Bearer abc.def" } },
      "gate": { "command": "npx", "args": ["portcullis", "wrap"] }
    }
  }`;

  test("holds no secret, changes nothing of theirs, and starts once the secrets are set", async () => {
    const ours = project({ ".cursor/mcp.json": client, ".claude.json": '{"mcpServers":{"files":{"command":"npx","args":["-y","x"]}}}' });
    try {
      const { code, err } = await ours.run(["init", "--import"]);
      const config = readFileSync(join(ours.folder, "portcullis.yaml"), "utf8");
      expect(code).toBe(0);
      for (const secret of HIDDEN) expect(config + err).not.toContain(secret);
      expect(readFileSync(join(ours.folder, ".cursor/mcp.json"), "utf8")).toBe(client);
      await expect(`${config}\n${err.replaceAll(ours.folder, "~")}`.replace(/schema=.*/, "schema=…")).toMatchFileSnapshot("transcripts/init-import.txt");

      const env = { GIT_HUB_ARG_4: "1", DB_PASSWORD: "2", WEB_URL: "https://x.example/", WEB_AUTHORIZATION: "4" };
      const loaded = loadConfig({ file: join(ours.folder, "portcullis.yaml"), env });
      expect(loaded.config.servers.map(({ name }) => name)).toEqual(["files", "git-hub", "old", "web"]);
    } finally {
      ours.remove();
    }
  });
});

describe("the example of `make start`", () => {
  test("names two servers that are installed, and a policy whose tests pass", async () => {
    const { config, notes } = loadConfig({ file: join(EXAMPLE, "portcullis.yaml"), env: {} });
    expect(notes).toEqual([]);
    for (const server of config.servers) {
      if (server.transport !== "stdio") throw new Error("not on stdio");
      expect(existsSync(join(server.cwd, server.args[0] ?? ""))).toBe(true);
    }
    expect(config.servers.map(({ name }) => name)).toEqual(["files", "everything"]);
    const tested = await here.run(["policy", "test", "--config", join(EXAMPLE, "portcullis.yaml")]);
    expect(tested).toMatchObject({ code: 0, err: expect.stringMatching(/9 tests passed, 7 of 7 rules tested/) });
  });
});
