import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "of which tenant; default if absent" };

/** The commands for who is signed in with a browser, and how. */
export const SESSION_COMMANDS: readonly CommandLine[] = [
  {
    name: "sessions list",
    about: "who is signed in with a browser, since when, and until when; newest first",
    options: [
      { flags: "--all", about: "also those that are over, for a day" },
      { ...TENANT, about: "of this tenant only" },
      CONFIG,
      JSON_LINES,
    ],
    examples: [["portcullis sessions list", "never what a browser holds"]],
    load: async () => (await import("./sessions.ts")).list,
  },
  {
    name: "sessions revoke",
    words: "<session-id>",
    about: "sign a browser out: with its next request, at every gate of the store",
    options: [TENANT, CONFIG, JSON_LINES],
    examples: [["portcullis sessions revoke ses_dGhpcyBpcyBpdC4u", "an id as `sessions list` shows it"]],
    load: async () => (await import("./sessions.ts")).revoke,
  },
  {
    name: "users totp",
    words: "<id>",
    about:
      "let somebody sign in on the page with their API key and one-time passwords; shows the secret once",
    options: [
      { flags: "--remove", about: "take it back: they cannot sign in like that any more" },
      TENANT,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis users totp ana@example.com", "an otpauth:// address, for her authenticator"],
      ["portcullis users totp ana@example.com | qrencode -t utf8", "as a code to scan"],
    ],
    load: async () => (await import("./totp.ts")).totp,
  },
];

const GATE: Option = { flags: "--gate <url>", about: "which gate; that of the configuration if absent" };

/** The commands by which people sign in on the command line. */
export const LOGIN_COMMANDS: readonly CommandLine[] = [
  {
    name: "login",
    about: "sign in to a gate at its identity provider; approve, users and others then act as who you are",
    options: [
      GATE,
      {
        flags: "--client-id <id>",
        about: "what the command line is called there; what the gate says if absent",
      },
      { flags: "--scope <name>", about: "a scope to ask for; may be given again", many: true },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis login", "shows an address and a code: open it with any browser"],
      ["portcullis login --gate https://gate.example.com", "a gate elsewhere"],
    ],
    load: async () => (await import("./login.ts")).login,
  },
  {
    name: "logout",
    about: "sign out: what was kept is taken back at the provider, and forgotten",
    options: [GATE, CONFIG, JSON_LINES],
    examples: [["portcullis logout", "of the gate of the configuration"]],
    load: async () => (await import("./login.ts")).logout,
  },
  {
    name: "whoami",
    about: "who the gate says you are: by PORTCULLIS_API_KEY, else by how you signed in",
    options: [GATE, CONFIG, JSON_LINES],
    examples: [["portcullis whoami", "exit code 1 where the gate does not take it"]],
    load: async () => (await import("./whoami.ts")).whoami,
  },
];
