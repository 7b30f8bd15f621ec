import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { expect, test } from "vitest";
import { project } from "./portcullis.ts";

/** What a person meets first when something is wrong (ecosystem.md §2.6): the whole answer, word for word. */
interface Failing {
  readonly name: string;
  readonly command: string;
  readonly files?: Readonly<Record<string, string>>;
  readonly env?: Readonly<Record<string, string>>;
}

const POLICY = "rules:\n  - { name: read, match: { tool: read_file }, allow: true }\n";

const FAILING: readonly Failing[] = [
  { name: "missing-config", command: "start" },
  { name: "missing-named-config", command: "start --config gate.yaml" },
  {
    name: "unknown-key",
    command: "start",
    files: { "portcullis.yaml": "version: 1\nlisen: 127.0.0.1:8090\nmcpServers:\n  files: { command: npx, agrs: [server] }\n", "policy/main.yaml": POLICY },
  },
  {
    name: "wrong-enum",
    command: "start",
    files: {
      "portcullis.yaml":
        'version: 1\nmode: enforc\nmcpServers:\n  github:\n    command: npx\n    args: [-y, "@modelcontextprotocol/server-github"]\n    transport: stdoi\n',
      "policy/main.yaml": POLICY,
    },
  },
  {
    name: "shape-and-meaning",
    command: "start",
    files: {
      "portcullis.yaml":
        'version: 1\nlisten: [5, nowhere]\nlimits: { depth: deep }\nmcpServers:\n  files: { comand: npx }\n  web: { url: "ftp://x", headers: { Host: x, Count: 3 } }\n',
      "policy/main.yaml": POLICY,
    },
  },
  {
    name: "policy-shape-and-meaning",
    command: "policy check",
    files: {
      "portcullis.yaml": "version: 1\n",
      "policy/main.yaml":
        'rules:\n  - { name: odd, match: { tool: "a||b" }, wen: x, deny: true, wy: No. }\n  - { name: when, when: args.x ==, allow: yes please }\n  - 7\n  - { name: when, deny: true }\ntests:\n  - { name: t, call: { server: files, tool: a }, expect: { verdict: maybe, rule: wenn } }\n  - { name: u, call: { server: files, tool: a }, expect: { verdict: deny, rule: odd, rules: x } }\n',
    },
  },
  {
    name: "missing-variable",
    command: "start",
    files: {
      "portcullis.yaml":
        'version: 1\nmcpServers:\n  github:\n    command: npx\n    env:\n      GITHUB_TOKEN: "${GITHUB_TOKEN}"\n      OTHER: plain-secret\n',
      "policy/main.yaml": POLICY,
    },
  },
  {
    name: "missing-policy",
    command: "start",
    files: { "portcullis.yaml": "version: 1\nmcpServers:\n  files: { command: npx }\n" },
  },
  {
    name: "not-in-this-version",
    command: "start",
    files: {
      "portcullis.yaml": "listen: 0.0.0.0:8090\npreset: gdpr_focused\nauth: { mode: required }\ncluster: redis://cache:6379\n",
      "policy/main.yaml": POLICY,
    },
  },
  {
    name: "broken-yaml",
    command: "start",
    files: { "portcullis.yaml": "version: 1\nmcpServers:\n  files: { command: npx, args: [a, b }\nmode: observe\n" },
  },
  { name: "wrong-variable", command: "start", files: { "portcullis.yaml": "version: 1\n", "policy/main.yaml": POLICY }, env: { PORTCULLIS_MOED: "observe", PORTCULLIS_LISTEN: "8090" } },
  {
    name: "bad-condition",
    command: "policy check",
    files: {
      "portcullis.yaml": "version: 1\n",
      "policy/main.yaml":
        "rules:\n  - name: office\n    match: { server: files, tool: write_file }\n    when: args.path.startsWith(\"/srv\") && principle.id == 'ana'\n    deny: true\n",
    },
  },
  {
    name: "failing-test",
    command: "policy test",
    files: {
      "portcullis.yaml": "version: 1\n",
      "policy/main.yaml": `${POLICY}tests:\n  - name: writing is allowed\n    call: { server: files, tool: write_file, args: { path: a } }\n    expect: { verdict: allow }\n`,
    },
  },
  {
    name: "check-json",
    command: "policy check --json",
    files: { "portcullis.yaml": "version: 1\n", "policy/main.yaml": "rules:\n  - { name: a, alow: true }\n  - { name: b, match: { tool: x }, allow: \"true\" }\n" },
  },
  {
    name: "check-agrees-with-start",
    command: "policy check",
    files: { "portcullis.yaml": "version: 1\npreset: gdpr_focused\n", "policy/main.yaml": POLICY },
  },
  {
    name: "explain-unknown-server",
    command: "policy explain --server fils --tool read_file",
    files: { "portcullis.yaml": "mcpServers: { files: { command: npx } }\n", "policy/main.yaml": POLICY },
  },
  {
    name: "no-command-for-proxy",
    command: "proxy -- ls",
    files: { "portcullis.yaml": "mcpServers: { files: { command: npx } }\n", "policy/main.yaml": POLICY },
  },
  { name: "no-store-yet", command: "logs", files: { "portcullis.yaml": "version: 1\n" } },
  { name: "no-store-of-wrap-yet", command: "logs" },
  { name: "not-an-id", command: "why 42" },
  { name: "unknown-command", command: "lgos" },
  { name: "unknown-option", command: "logs --verdct deny" },
  { name: "wrong-choice", command: "logs --verdict maybe" },
  { name: "wrong-duration", command: "logs --last yesterday" },
  { name: "wrong-args", command: "policy explain --server files --tool read_file --args {path}" },
  { name: "init-again", command: "init", files: { "portcullis.yaml": "", ".gitignore": "node_modules/\n" } },
  { name: "preset-of-later", command: "init --preset gdpr_focused" },
];

test.each(FAILING)("$name", async ({ name, command, files, env }) => {
  const here = project(files);
  try {
    const { code, out, err } = await here.run(command.split(" "), env);
    const told = `$ portcullis ${command}\n${out}${err}exit ${code}\n`.replaceAll(here.folder, "/home/ana/gate");
    expect(told).not.toMatch(/plain-secret|^ {4}at |ERR_/m);
    await expect(told).toMatchFileSnapshot(`transcripts/${name}.txt`);
  } finally {
    here.remove();
  }
});

test("port-in-use", async () => {
  const other = createServer().listen(0, "127.0.0.1");
  await once(other, "listening");
  const { port } = other.address() as AddressInfo;
  const here = project({
    "portcullis.yaml": `listen: 127.0.0.1:${port}\nmcpServers: { files: { command: node, args: [server.js] } }\n`,
    "policy/main.yaml": POLICY,
  });
  try {
    const { code, out, err } = await here.run(["start"]);
    const told = `$ portcullis start\n${out}${err}exit ${code}\n`.replaceAll(String(port), "8090").replaceAll(String(port + 1), "8091");
    expect(told).not.toMatch(/^ {4}at |ERR_/m);
    await expect(told).toMatchFileSnapshot("transcripts/port-in-use.txt");
  } finally {
    here.remove();
    other.close();
  }
});
