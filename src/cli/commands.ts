import { APPROVAL_COMMANDS } from "./approvals/approval-commands.ts";
import { NOTIFICATION_COMMANDS } from "./approvals/notification-commands.ts";
import { CHECKING_COMMANDS } from "./checking-commands.ts";
import { CHANGING, CLIENT_COMMANDS } from "./clients/client-commands.ts";
import { CONFIG, type CommandLine, JSON_LINES, type Option } from "./command-line.ts";
import { KEY_COMMANDS } from "./keys/key-commands.ts";
import { PRIVACY_COMMANDS } from "./keys/privacy-commands.ts";
import { SECRET_COMMANDS } from "./keys/secret-commands.ts";
import { CAN_COMMANDS } from "./people/can-commands.ts";
import { LOGIN_COMMANDS, SESSION_COMMANDS } from "./people/session-commands.ts";
import { USER_COMMANDS } from "./people/user-commands.ts";
import { REPLAY_COMMANDS } from "./policy/replay-commands.ts";
import { ROLLOUT_COMMANDS } from "./policy/rollout-commands.ts";
import { EVIDENCE_COMMANDS } from "./records/evidence-commands.ts";
import { READING_COMMANDS } from "./records/reading-commands.ts";
import { PLUGIN_COMMANDS } from "./scan/plugin-commands.ts";
import { SCAN_COMMAND } from "./scan/scan-command.ts";
import { TENANT_COMMANDS } from "./tenants/tenant-commands.ts";

const VOTERS: Option = {
  flags: "--voters",
  about: "ask the OPA servers of the configuration too; voters in process are asked anyway",
};
const SERVER: Option = { flags: "--server <name>", about: "a server of the configuration" };

/** Everything `portcullis` can do. Each command's code is loaded when it is asked for, and only then. */
export const COMMANDS: readonly CommandLine[] = [
  {
    name: "init",
    about: "write a configuration and a policy to start from; nothing that exists is touched",
    options: [
      {
        flags: "--preset <name>",
        about: "defaults for everything else",
        choices: ["development", "production", "high_security", "gdpr_focused"],
      },
      {
        flags: "--import",
        about: "take over the server lists of the clients on this machine; they are only read",
      },
    ],
    examples: [
      ["portcullis init", "portcullis.yaml, policy/main.yaml with tests, .gitignore"],
      ["portcullis init --import", "with the servers that Claude, Cursor, VS Code and others know"],
    ],
    load: async () => (await import("./init.ts")).init,
  },
  {
    name: "start",
    aliases: ["serve", "up"],
    about: "run the gate in front of the configured servers",
    options: [
      CONFIG,
      {
        flags: "--port <number>",
        about: "instead of the first listener's port; 0 takes a free one",
        read: "port",
      },
      { flags: "--workers <number>", about: "processes that serve; this version has 1", read: "count" },
    ],
    examples: [
      ["portcullis start", "with ./portcullis.yaml"],
      ["portcullis start --port 0", "on a free port; the line that begins `ready` names it"],
    ],
    load: async () => {
      const { start } = await import("./start.ts");
      return async (_, options) => await start(options);
    },
  },
  {
    name: "wrap",
    words: "[command...]",
    about: "stand in front of one stdio server: the client starts this instead of the server",
    options: [
      { flags: "--name <name>", about: "the server's name in records and policy" },
      { flags: "--config <file>", about: "the configuration; without it nothing is refused" },
      { flags: "--all", about: "have every client on this machine do so, by editing its configuration" },
      { flags: "--move-secrets", about: "with --all: plain-text secrets go to the system keychain" },
      ...CHANGING,
    ],
    examples: [
      [
        "portcullis wrap -- npx -y @modelcontextprotocol/server-filesystem .",
        "watch and record; nothing is refused",
      ],
      ["portcullis wrap --name files --config gate.yaml -- node server.js", "under a policy"],
      [
        "portcullis wrap --all --dry-run",
        "every server that clients on this machine start: what would change",
      ],
    ],
    load: async () => {
      return async (command, options) => {
        if (options["all"] === true)
          return await (await import("./clients/wrap-all.ts")).wrapAll(command, options);
        return await (await import("./wrap.ts")).wrap({ ...options, command });
      };
    },
  },
  ...CLIENT_COMMANDS,
  {
    name: "proxy",
    words: "[command...]",
    about:
      "a stdio door onto one configured server, or onto all; with a command: run that, if policy allows it",
    options: [SERVER, CONFIG],
    examples: [
      ["portcullis proxy --server files", "speak MCP on standard input and output"],
      ["portcullis proxy", "all servers as one"],
      [
        "portcullis proxy --server cloud -- mcp-tool workers deploy --env production",
        "judged and recorded as a call of workers.deploy; exit code 1 where refused",
      ],
    ],
    load: async () => {
      const { proxy } = await import("./proxy.ts");
      return async (command, options) => await proxy({ ...options, command });
    },
  },
  ...CHECKING_COMMANDS,
  SCAN_COMMAND,
  ...PLUGIN_COMMANDS,
  ...READING_COMMANDS,
  {
    name: "why",
    words: "<call-id>",
    about: "the story of one call: who asked for what, which rule spoke, how it ended",
    options: [{ flags: "--tenant <id>", about: "whose call; default if absent" }, CONFIG, JSON_LINES],
    examples: [
      ["portcullis why call_01kah6qv9ye5svxc7r4jzd0m2n", "an id as `logs` shows it"],
      ["portcullis why dec_01kah6qv9ye5svxc7r4jzd0m2n", "the reference of a refusal"],
    ],
    load: async () => (await import("./records/why.ts")).why,
  },
  ...APPROVAL_COMMANDS,
  ...KEY_COMMANDS,
  ...TENANT_COMMANDS,
  ...USER_COMMANDS,
  ...CAN_COMMANDS,
  ...SESSION_COMMANDS,
  ...LOGIN_COMMANDS,
  ...SECRET_COMMANDS,
  ...PRIVACY_COMMANDS,
  {
    name: "policy check",
    words: "[files...]",
    about: "read the policy and say what is wrong with it",
    options: [CONFIG, JSON_LINES],
    examples: [
      ["portcullis policy check", "the policy of ./portcullis.yaml"],
      ["portcullis policy check policy/main.yaml", "one file, without a configuration"],
    ],
    load: async () => (await import("./policy/policy.ts")).check,
  },
  {
    name: "policy test",
    words: "[files...]",
    about:
      "run the tests that stand in the policy, and say what they leave open: rules, alternatives, mistakes",
    options: [
      {
        flags: "--min-score <percent>",
        about: "exit code 1 where the tests notice fewer of the mistakes made in the rules",
        read: "count",
      },
      VOTERS,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis policy test", "exit code 1 where a test fails"],
      ["portcullis policy test --min-score 80", "or where the tests would let too many mistakes pass"],
    ],
    load: async () => (await import("./policy/policy.ts")).test,
  },
  {
    name: "policy explain",
    about: "what the policy would say to a call, and each rule's part in it",
    options: [
      { ...SERVER, required: true },
      { flags: "--tool <name>", about: "the tool that would be called" },
      { flags: "--prompt <name>", about: "or the prompt" },
      { flags: "--resource <uri>", about: "or the resource" },
      { flags: "--args <json>", about: "its arguments, a JSON object", read: "object" },
      { flags: "--principal <id>", about: "who would ask; you if absent" },
      { flags: "--role <name>", about: "a role of theirs; may be given again", many: true },
      { flags: "--tenant <id>", about: "their tenant; default if absent" },
      VOTERS,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      [
        `portcullis policy explain --server files --tool write_file --args '{"path":"/etc/passwd"}'`,
        "exit code 1 where it is refused",
      ],
      [
        "portcullis policy explain --server db --tool query --principal ana --role analyst",
        "for somebody else",
      ],
    ],
    load: async () => (await import("./policy/explain.ts")).explain,
  },
  ...NOTIFICATION_COMMANDS,
  ...REPLAY_COMMANDS,
  ...ROLLOUT_COMMANDS,
  {
    name: "completion",
    words: "<shell>",
    about: "print the completion script of a shell: bash, zsh or fish",
    examples: [
      ["source <(portcullis completion bash)", "for this shell; zsh alike"],
      ["portcullis completion fish > ~/.config/fish/completions/portcullis.fish", "for every shell to come"],
    ],
    load: async () => (await import("./completion.ts")).completion,
  },
  ...EVIDENCE_COMMANDS,
];

/** What groups of commands are for. */
export const GROUPS: Readonly<Record<string, string>> = {
  plugin: "guards of your own",
  audit: "the record as evidence: verify, prove, export, witness",
  access: "ask for access for a time",
  keys: "API keys: make, list, replace, take back; and the keys that records are sealed with",
  users: "users and service accounts: who has which roles, and who is kept out",
  sessions: "who is signed in with a browser",
  privacy: "what is kept of people",
  tenants: "set up, shut out, export, delete",
  policy: "check, test, explain, replay, compare and apply policies",
};
