import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "whose calls; default if absent" };
const SERVER: Option = { flags: "--server <name>", about: "only calls of this server" };
const PRINCIPAL: Option = { flags: "--principal <id>", about: "only calls of this principal" };
const FAIL: Option = { flags: "--fail-on-change", about: "exit code 1 where something changes" };

function since(about: string): Option {
  return { flags: "--since <duration>", about, read: "duration" };
}

/** The commands that look at a policy by the calls that are on record. */
export const REPLAY_COMMANDS: readonly CommandLine[] = [
  {
    name: "policy replay",
    words: "[files...]",
    about: "judge the calls on record again: which verdicts a policy changes, and for whom",
    options: [
      since("as far back as 24h, 7d, 4w; 7d if absent"),
      {
        flags: "--policy <file>",
        about: "a policy file, folder or version; that of the configuration if absent",
        many: true,
      },
      SERVER,
      PRINCIPAL,
      TENANT,
      FAIL,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis policy replay --since 7d", "the policy as it is now, over what was asked in a week"],
      ["portcullis policy replay --policy next.yaml --fail-on-change", "before a change goes in; for CI"],
    ],
    load: async () => (await import("./replay.ts")).replay,
  },
  {
    name: "policy diff",
    words: "<policies...>",
    about:
      "what a policy says differently from the one before it, rule by rule; from the configuration's if only one is named",
    options: [
      since("also which calls on record, as far back as 7d, the two decide differently"),
      SERVER,
      PRINCIPAL,
      TENANT,
      FAIL,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis policy diff next/", "what it would change"],
      ["portcullis policy diff old/ policy/", "files or folders"],
      [
        "portcullis policy diff sha256:4f2a19 policy/ --since 7d",
        "a version in the store, and what it means in practice",
      ],
    ],
    load: async () => (await import("./diff.ts")).diff,
  },
  {
    name: "policy suggest",
    about: "write the least policy that allows what was used, with tests; it is not put in force",
    options: [
      since("as far back as 24h, 7d, 4w; 30d if absent"),
      { flags: "--write <file>", about: "into a new file, instead of standard output" },
      SERVER,
      TENANT,
      CONFIG,
    ],
    examples: [
      ["portcullis policy suggest --since 30d", "to read; standard error says how much of it is explained"],
      ["portcullis policy suggest --write policy/used.yaml", "to go on from; an existing file is left alone"],
    ],
    load: async () => (await import("./suggest.ts")).suggest,
  },
];
