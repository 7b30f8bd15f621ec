import { mkdtemp, mkdir, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { start, type Child } from "../test/conformance/child.ts";
import type { ProfileName } from "../src/call/guard.ts";

export const BIN = fileURLToPath(new URL("../bin/portcullis.js", import.meta.url));

/** What a team might have in force: ten rules, eight with conditions, over every server. */
const POLICY = `
defaults: { verdict: deny }
rules:
  - name: echo
    match: { tool: "echo_*|s*_echo_*" }
    when: 'size(args.text) < 10000'
    allow: true
  - name: reads
    match: { tool: "read_*|list_*|get_*|search_*" }
    allow: true
  - name: outside-workspace
    match: { tool: "*echo_*|write_*" }
    when: 'has(args.path) && !path.within(args.path, "/srv/data")'
    deny: true
    why: Files outside the workspace are off limits.
  - name: too-many-rows
    match: { tool: "*echo_*" }
    when: 'has(args.limit) && args.limit > 500'
    deny: true
    why: More than 500 rows at once are not for agents.
  - name: no-secrets-in-text
    match: { tool: "*echo_*" }
    when: 'args.text.contains("BEGIN PRIVATE KEY")'
    deny: true
    why: Private keys stay here.
  - name: forbidden-tags
    match: { tool: "*echo_*" }
    when: 'has(args.tags) && args.tags.exists(t, t == "production")'
    deny: true
    why: Production is for people.
  - name: no-drops
    match: { tool: "query|execute_*" }
    when: 'args.sql.startsWith("DROP")'
    deny: true
    why: Tables are dropped by people.
  - name: interns-read-only
    match: { tool: "write_*|*echo_*" }
    when: '"intern" in principal.roles'
    deny: true
    why: Interns read.
  - name: mail-inside
    match: { tool: "send_*" }
    when: 'args.to.endsWith("@company.example")'
    allow: true
  - name: no-deletes
    match: { tool: "delete_*" }
    deny: true
    why: Nothing is deleted by agents.
`;

export const scratch = (): Promise<string> => mkdtemp(join(tmpdir(), "portcullis-bench-"));

/**
 * A gate as people run it: policy, schema check and durable journal on, in a folder of its own; guards where a profile is named, so
 * that what they cost can be told from the rest.
 */
export async function gate(
  folder: string,
  servers: Readonly<Record<string, string>>,
  flags: readonly string[] = [],
  profile: ProfileName | "none" = "none",
): Promise<Child> {
  await mkdir(join(folder, "policy"), { recursive: true });
  await writeFile(join(folder, "policy", "main.yaml"), POLICY);
  const config = join(folder, "portcullis.yaml");
  const mcpServers = Object.fromEntries(
    Object.entries(servers).map(([name, url]) => [name, { url, transport: "streamable-http" }]),
  );
  const store = `sqlite:${join(folder, "portcullis.db")}`;
  // JSON is YAML.
  await writeFile(
    config,
    JSON.stringify({
      version: 1,
      mode: "enforce",
      listen: "127.0.0.1:0",
      store,
      policy: ["policy/"],
      profile,
      mcpServers,
    }),
  );
  return start([...flags, BIN, "start", "--config", config]);
}
