import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "of which tenant; default if absent" };
const ROLE: Option = {
  flags: "--role <name>",
  about:
    "viewer, user, operator, approver, tenant_admin, dpo, auditor, admin, or one of policy's; may be given again",
  many: true,
};

/** The commands for users and service accounts. */
export const USER_COMMANDS: readonly CommandLine[] = [
  {
    name: "users list",
    about: "the users and service accounts, and the roles they have here",
    options: [{ ...TENANT, about: "of this tenant only" }, CONFIG, JSON_LINES],
    examples: [["portcullis users list", "whom the gate knows, and what it gives them"]],
    load: async () => (await import("./users.ts")).list,
  },
  {
    name: "users add",
    words: "<id>",
    about: "give somebody roles in a tenant, beside those of their credential; or make a service account",
    options: [
      ROLE,
      { flags: "--service-account", about: "a program, for which keys are made" },
      { flags: "--name <text>", about: "who that is, for people" },
      TENANT,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis users add ana@example.com --role operator", "as her tokens name her"],
      [
        "portcullis users add robot --service-account --role user",
        "then: keys create --service-account robot",
      ],
    ],
    load: async () => (await import("./users.ts")).add,
  },
  {
    name: "users roles",
    words: "<id>",
    about: "say which roles somebody has here from now on",
    options: [ROLE, { flags: "--none", about: "none at all" }, TENANT, CONFIG, JSON_LINES],
    examples: [
      ["portcullis users roles ana@example.com --role auditor", "instead of those she had"],
      ["portcullis users roles ana@example.com --none", "only what her credential says"],
    ],
    load: async () => (await import("./users.ts")).roles,
  },
  {
    name: "users disable",
    words: "<id>",
    about: "keep somebody out, whatever they present; what is open for them ends within a second",
    options: [TENANT, CONFIG, JSON_LINES],
    examples: [["portcullis users disable ana@example.com", "at every gate of the store"]],
    load: async () => (await import("./users.ts")).disable,
  },
  {
    name: "users enable",
    words: "<id>",
    about: "let somebody in again who was disabled",
    options: [TENANT, CONFIG, JSON_LINES],
    examples: [["portcullis users enable ana@example.com", "with the roles they had"]],
    load: async () => (await import("./users.ts")).enable,
  },
  {
    name: "users remove",
    words: "<id>",
    about: "forget a user and their roles here, or a service account and with it all its keys",
    options: [TENANT, CONFIG, JSON_LINES],
    examples: [["portcullis users remove robot", "its keys open nothing any more"]],
    load: async () => (await import("./users.ts")).remove,
  },
];
