import { CONFIG, type CommandLine, JSON_LINES } from "../command-line.ts";

/** The commands for tenants. */
export const TENANT_COMMANDS: readonly CommandLine[] = [
  {
    name: "tenants list",
    about: "the tenants and their state, those that the configuration declares included",
    options: [CONFIG, JSON_LINES],
    examples: [["portcullis tenants list", "who there is, below whom, and who is shut out"]],
    load: async () => (await import("./tenants.ts")).list,
  },
  {
    name: "tenants create",
    words: "<tenant-id>",
    about: "set a tenant up; its id is what credentials name, and is never given twice",
    options: [
      { flags: "--name <text>", about: "for people; the id if absent" },
      {
        flags: "--kind <kind>",
        about: "an org holds tenants, a tenant holds projects; tenant if absent",
        choices: ["org", "tenant", "project"],
      },
      { flags: "--parent <id>", about: "the one above it: what holds there holds here too" },
      {
        flags: "--share <number>",
        about: "its part of the gate next to those of others, where there is too little; 1 if absent",
        read: "count",
      },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis tenants create acme --name 'Acme Corp.'", "then: portcullis keys create --tenant acme …"],
      ["portcullis tenants create acme.web --kind project --parent acme", "a project of it"],
    ],
    load: async () => (await import("./tenants.ts")).create,
  },
  {
    name: "tenants suspend",
    words: "<tenant-id>",
    about: "shut everybody of it, and of what is below it, out at every gate within a second",
    options: [CONFIG, JSON_LINES],
    examples: [["portcullis tenants suspend acme", "open streams and sessions end; nothing is lost"]],
    load: async () => (await import("./tenants.ts")).suspend,
  },
  {
    name: "tenants resume",
    words: "<tenant-id>",
    about: "let everybody of a suspended tenant in again",
    options: [CONFIG, JSON_LINES],
    examples: [["portcullis tenants resume acme", "their credentials are what they were"]],
    load: async () => (await import("./tenants.ts")).resume,
  },
  {
    name: "tenants export",
    words: "<tenant-id>",
    about: "write everything of a tenant that may leave the gate: a file of lines of JSON for each kind",
    options: [
      { flags: "--to <folder>", about: "an empty folder, or one to be made; tenant-ID if absent" },
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis tenants export acme --to /backup/acme", "calls, approvals, acts, keys, people, …"],
    ],
    load: async () => (await import("./leaving.ts")).exportTenant,
  },
  {
    name: "tenants delete",
    words: "<tenant-id>",
    about: "delete a tenant: destroy the keys of its records, delete all that is no evidence, say what stays",
    options: [{ flags: "--confirm <id>", about: "its id again: this cannot be undone" }, CONFIG, JSON_LINES],
    examples: [["portcullis tenants delete acme --confirm acme", "one that was interrupted is gone on with"]],
    load: async () => (await import("./leaving.ts")).remove,
  },
];
