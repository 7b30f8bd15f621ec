import { type CommandLine, JSON_LINES } from "../command-line.ts";

const ROLES = ["argument", "result", "definition", "resource", "prompt", "elicitation", "text"];

/** Work on guards of one's own. */
export const PLUGIN_COMMANDS: readonly CommandLine[] = [
  {
    name: "plugin test",
    words: "<file>",
    about: "run a guard of your own over `{id, text, label}` lines: what it finds, misses and cries at",
    options: [
      { flags: "--data <file>", about: "the lines; `label` is true for what it is to find", required: true },
      { flags: "--sandbox", about: "run it as a plugin that is not trusted" },
      { flags: "--role <role>", about: "what the texts are; text if absent", choices: ROLES },
      JSON_LINES,
    ],
    examples: [
      [
        "portcullis plugin test codenames.js --data codenames.jsonl",
        "recall and false positives, and each line that it got wrong; exit code 1 where there is one",
      ],
      [
        "portcullis plugin test codenames.js --data codenames.jsonl --sandbox",
        "the same under the bounds of the sandbox",
      ],
    ],
    load: async () => (await import("./plugin-test.ts")).pluginTest,
  },
];
