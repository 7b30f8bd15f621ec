import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const MESSAGE: Option = { flags: "--message <text>", about: "why, for whoever reads the changes later" };

/** The commands that put a policy in force. */
export const ROLLOUT_COMMANDS: readonly CommandLine[] = [
  {
    name: "policy apply",
    words: "[files...]",
    about: "put a policy in force on every gate of the store: at once, or in steps that can turn back",
    options: [
      {
        flags: "--shadow <duration>",
        about: "first only judged beside the one in force and recorded, so long",
        read: "duration",
      },
      { flags: "--share <percent>", about: "then it decides for so many: 10%" },
      {
        flags: "--by <whose>",
        about: "what a share is a part of; principal if absent",
        choices: ["tenant", "principal"],
      },
      {
        flags: "--share-for <duration>",
        about: "how long each share lasts; as long as the shadow, or 24h",
        read: "duration",
      },
      {
        flags: "--then <percent>",
        about: "then for so many: 50%, 100%; may be given again. Without 100% it waits for `apply --now`",
        many: true,
      },
      {
        flags: "--max-deny-rate <percent>",
        about: "take it back by itself where it newly denies more of its calls than this",
      },
      {
        flags: "--min-calls <number>",
        about: "so many calls are needed to say so, and to go on; 100 if absent",
        read: "count",
      },
      { flags: "--now", about: "for everybody at once; without files: what is on its way" },
      MESSAGE,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis policy apply next/ --message 'exports need a reason'", "for everybody, within a second"],
      [
        "portcullis policy apply next/ --shadow 24h --share 10% --then 100% --max-deny-rate 2%",
        "in steps, and back by itself where too much is newly denied",
      ],
      ["portcullis policy apply --now", "what is on its way, for everybody"],
    ],
    load: async () => (await import("./apply.ts")).apply,
  },
  {
    name: "policy rollback",
    words: "[version]",
    about: "take back what is on its way, or put an earlier version in force again",
    options: [MESSAGE, CONFIG, JSON_LINES],
    examples: [
      ["portcullis policy rollback", "what is on its way; where nothing is, the version before"],
      ["portcullis policy rollback sha256:4f2a19", "that version; its beginning is enough"],
    ],
    load: async () => (await import("./rollback.ts")).rollback,
  },
  {
    name: "policy versions",
    about: "what is in force and on its way, and every version that was",
    options: [{ flags: "--changes", about: "who changed what, when and why" }, CONFIG, JSON_LINES],
    examples: [
      ["portcullis policy versions", "newest first"],
      ["portcullis policy versions --changes", "who put which in force"],
    ],
    load: async () => (await import("./versions.ts")).versions,
  },
];
