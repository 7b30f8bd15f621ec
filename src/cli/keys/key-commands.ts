import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "whose data it leads to; default if absent" };

/** The commands for API keys. */
export const KEY_COMMANDS: readonly CommandLine[] = [
  {
    name: "keys create",
    about: "make an API key, and show it once",
    options: [
      { flags: "--principal <id>", about: "who calls with it, as policy names them" },
      {
        flags: "--service-account <id>",
        about: "or the service account it is for, which gives it its roles",
      },
      { flags: "--name <text>", about: "what it is for" },
      TENANT,
      { flags: "--role <name>", about: "a role it gives; may be given again", many: true },
      { flags: "--scope <name>", about: "a scope it gives; may be given again", many: true },
      {
        flags: "--server <glob>",
        about: "only these servers, whatever policy says; may be given again",
        many: true,
      },
      {
        flags: "--tool <glob>",
        about: "only these tools, whatever policy says; may be given again",
        many: true,
      },
      {
        flags: "--network <range>",
        about: "only from this address or range; may be given again",
        many: true,
      },
      { flags: "--hours <span>", about: "only at these hours: 09:00-17:59" },
      { flags: "--days <days>", about: "of these days: mon-fri" },
      { flags: "--timezone <zone>", about: "on the clock of this zone; UTC if absent" },
      { flags: "--expires <duration>", about: "how long it works; 90d if absent", read: "duration" },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis keys create --principal ci --name 'nightly build'", "the key, on standard output"],
      [
        "portcullis keys create --principal ci --server files --tool 'read_*' --network 10.0.0.0/8 --expires 7d",
        "which leads to no more than that",
      ],
      ["portcullis keys create --service-account robot", "for a service account of `users add`"],
    ],
    load: async () => (await import("./keys.ts")).create,
  },
  {
    name: "keys bootstrap",
    about: "make the first key of a new gate: role admin, for a day, where no other key has that role",
    options: [CONFIG, JSON_LINES],
    examples: [["portcullis keys bootstrap", "the key, on standard output; it is shown once"]],
    load: async () => (await import("./keys.ts")).bootstrap,
  },
  {
    name: "keys list",
    about: "the keys and their state, newest first; never the keys themselves",
    options: [{ ...TENANT, about: "of this tenant only" }, CONFIG, JSON_LINES],
    examples: [["portcullis keys list", "who has which, since when, and when it was used"]],
    load: async () => (await import("./list.ts")).list,
  },
  {
    name: "keys replace",
    words: "<key-id>",
    about: "put another key in a key's place, and show it once; the old one is good for a while longer",
    options: [
      {
        flags: "--grace <duration>",
        about: "for how long the old key is good; 24h if absent",
        read: "duration",
      },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis keys replace 4kR9ZbQ0wXyT", "the new key, on standard output"],
      ["portcullis keys replace 4kR9ZbQ0wXyT --grace 1h", "the old one ends in an hour"],
    ],
    load: async () => (await import("./list.ts")).replace,
  },
  {
    name: "keys revoke",
    words: "<key-id>",
    about: "take a key back: within a second no gate of the store takes it, and what is open with it ends",
    options: [CONFIG, JSON_LINES],
    examples: [["portcullis keys revoke 4kR9ZbQ0wXyT", "an id as `keys list` shows it"]],
    load: async () => (await import("./list.ts")).revoke,
  },
  {
    name: "keys inventory",
    about:
      "every key the gate holds or uses: which kind, where, how old, last rotated, for how many people; never a key",
    options: [CONFIG, JSON_LINES],
    examples: [["portcullis keys inventory", "what wraps what"]],
    load: async () => (await import("./kept.ts")).keyInventory,
  },
  {
    name: "keys rotate",
    about: "put the keys of the records under new master keys, while gates run; what was broken off goes on",
    options: [
      { ...TENANT, about: "of this tenant only; the key that wraps all of them stays" },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis keys rotate", "of all tenants, and the key in the key file"],
      ["portcullis keys rotate --tenant acme", "of one"],
    ],
    load: async () => (await import("./kept.ts")).rotate,
  },
  {
    name: "keys unseal",
    about:
      "open Fernet tokens that another gateway sealed with CACHE_ENCRYPTION_KEY: one a line on standard input",
    options: [CONFIG, JSON_LINES],
    examples: [["portcullis keys unseal < tokens.txt", "by any of the keys that are set"]],
    load: async () => (await import("./unseal.ts")).unseal,
  },
];
