import { CONFIG, type CommandLine, JSON_LINES } from "../command-line.ts";

/** The commands for what is kept of people. */
export const PRIVACY_COMMANDS: readonly CommandLine[] = [
  {
    name: "privacy erase",
    words: "<principal>",
    about: "destroy what is kept of somebody: their key, and with it all that records say of them",
    options: [
      { flags: "--tenant <id>", about: "whose data it is; default if absent" },
      { flags: "--all-tenants", about: "in every tenant where anything is kept of them" },
      { flags: "--dry-run", about: "only say what would go" },
      { flags: "--confirm <word>", about: "`erase`: without it nothing is done" },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis privacy erase ana@example.com --dry-run", "what would go"],
      [
        "portcullis privacy erase ana@example.com --confirm erase",
        "and it is gone; the records still verify",
      ],
      ["portcullis privacy erase ana@example.com --all-tenants --confirm erase", "who worked in several"],
    ],
    load: async () => (await import("./privacy-erase.ts")).erase,
  },
];
