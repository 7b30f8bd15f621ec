import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "whose; default if absent" };
const DECIDING: readonly Option[] = [
  {
    flags: "--approver <name>",
    about: "who decides, where the gate has no authentication: one that the rule lists",
  },
  { flags: "--operation <id>", about: "the id, for those who write it as an option" },
  TENANT,
  CONFIG,
  JSON_LINES,
];
const REASON: Option = { flags: "--reason <text>", about: "why; kept, and told to who asked" };
const ID = "apr_01kah6qv9ye5svxc7r4jzd0m2n";

/** The commands by which people decide what policy asks them. */
export const APPROVAL_COMMANDS: readonly CommandLine[] = [
  {
    name: "approvals",
    words: "[id]",
    about: "what waits for people to decide; with an id, all of one question",
    options: [
      { flags: "--all", about: "also what is decided, expired or has run" },
      { flags: "--server <name>", about: "only calls to this server" },
      { flags: "--principal <id>", about: "only what this one asked" },
      TENANT,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis approvals", "what waits, newest first"],
      [`portcullis approvals ${ID}`, "who asks for what, exactly, and how it differs from the last time"],
    ],
    load: async () => (await import("./approvals.ts")).approvals,
  },
  {
    name: "approve",
    words: "[id]",
    about: "let a call run that waits for people; it runs once, and only as it was asked",
    options: [
      REASON,
      {
        flags: "--args <json>",
        about: "approve it with these arguments instead; who asked is told to call again with them",
        read: "object",
      },
      { flags: "--delegate-to <name>", about: "let this person decide in your place" },
      ...DECIDING,
    ],
    examples: [
      [
        `portcullis approve ${ID} --approver ana@example.com --reason 'agreed in the call'`,
        "as one of the approvers",
      ],
      [`portcullis approve ${ID} --delegate-to bo@example.com`, "somebody else decides"],
    ],
    load: async () => (await import("./approve.ts")).approve,
  },
  {
    name: "review",
    words: "[id]",
    about: "say that you have looked at what somebody took in an emergency; it ends, and they may go on",
    options: [REASON, ...DECIDING],
    examples: [
      [
        `portcullis review ${ID} --approver ana@example.com --reason 'all of it was needed'`,
        "kept on record",
      ],
    ],
    load: async () => (await import("./approve.ts")).review,
  },
  {
    name: "access request",
    about: "ask to be let do for a time what a rule offers, or take it at once in an emergency",
    options: [
      { flags: "--for <duration>", about: "how long: 30m, 8h, 1d", read: "duration", required: true },
      { flags: "--reason <text>", about: "why; approvers see it", required: true },
      {
        flags: "--server <name>",
        about: "only on this server; may be given again, globs are taken",
        many: true,
      },
      { flags: "--tool <name>", about: "only this tool; may be given again", many: true },
      { flags: "--resource <uri>", about: "only this resource; may be given again", many: true },
      { flags: "--operation <method>", about: "only this MCP method; may be given again", many: true },
      { flags: "--rule <name>", about: "under this rule, where several offer it" },
      {
        flags: "--break-glass",
        about: "take it now, where the rule lets you; approvers are told, and review it",
      },
      { flags: "--principal <id>", about: "who asks, where the gate has no authentication; you if absent" },
      { flags: "--role <name>", about: "a role of theirs; may be given again", many: true },
      TENANT,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis access request --server prod-db --for 1d --reason 'migration 42'", "people decide"],
      [
        "portcullis access request --server prod-db --for 1h --reason 'outage' --break-glass",
        "at once, reviewed afterwards",
      ],
    ],
    load: async () => (await import("./access.ts")).accessRequest,
  },
  {
    name: "deny",
    words: "[id]",
    about: "refuse a call that waits for people, or one that was approved and has not run",
    options: [REASON, ...DECIDING],
    examples: [
      [
        `portcullis deny ${ID} --approver ana@example.com --reason 'not on a Friday'`,
        "who asked is told why",
      ],
    ],
    load: async () => (await import("./approve.ts")).deny,
  },
];
