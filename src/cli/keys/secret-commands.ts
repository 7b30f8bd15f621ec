import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "whose secret it is; default if absent" };

/** The commands for secrets that servers are shown. */
export const SECRET_COMMANDS: readonly CommandLine[] = [
  {
    name: "secrets set",
    words: "<name>",
    about:
      "keep a secret, sealed, for servers whose `auth` names it: { stored: NAME }; it comes on standard input",
    options: [TENANT, CONFIG, JSON_LINES],
    examples: [
      ["portcullis secrets set wiki-token < token.txt", "a newline at its end is not part of it"],
      ["portcullis secrets set wiki-token --tenant acme", "on a terminal it is typed, and not shown"],
    ],
    load: async () => (await import("./secrets.ts")).set,
  },
  {
    name: "secrets list",
    about: "the names of a tenant's secrets, and who set them when; never the secrets",
    options: [TENANT, CONFIG, JSON_LINES],
    examples: [["portcullis secrets list", "those of the tenant default"]],
    load: async () => (await import("./secrets.ts")).list,
  },
  {
    name: "secrets remove",
    words: "<name>",
    about: "forget a secret: within a second no gate shows it to a server",
    options: [TENANT, CONFIG, JSON_LINES],
    examples: [["portcullis secrets remove wiki-token", "calls that need it are refused from then on"]],
    load: async () => (await import("./secrets.ts")).remove,
  },
];
