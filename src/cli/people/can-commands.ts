import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "of which tenant; default if absent" };

/** The commands that say who can do what. */
export const CAN_COMMANDS: readonly CommandLine[] = [
  {
    name: "who-can",
    words: "<server> <tool>",
    about: "who can call a tool: users, keys, who called lately, and each role that policy names",
    options: [
      { flags: "--args <json>", about: "with these arguments; else whatever they are", read: "object" },
      TENANT,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis who-can files write_file", "allow, deny, ask, or on what it depends"],
      [`portcullis who-can files write_file --args '{"path":"/etc/passwd"}'`, "exit code 1 where nobody can"],
    ],
    load: async () => (await import("./can.ts")).who,
  },
  {
    name: "what-can",
    words: "<principal>",
    about: "what somebody can call, with each credential that the gate knows of",
    options: [{ flags: "--server <name>", about: "of this server only" }, TENANT, CONFIG, JSON_LINES],
    examples: [
      ["portcullis what-can ana@example.com", "every tool, and what becomes of a call"],
      ["portcullis what-can role:auditor --server files", "somebody with a role that policy names"],
    ],
    load: async () => (await import("./can.ts")).what,
  },
];
