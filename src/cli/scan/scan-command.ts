import { type CommandLine, JSON_LINES } from "../command-line.ts";

/** What texts can be, and which guards look at them; kept here as words, so that the help loads no guard. */
const KINDS = ["tool-args", "tool-result", "tool-definition", "text"];
const PROFILES = ["basic", "standard", "enterprise"];

export const SCAN_COMMAND: CommandLine = {
  name: "scan",
  about: "what the guards say of texts on standard input: `{id, text}` lines, or one plain text",
  options: [
    { flags: "--kind <kind>", about: "what the texts are", choices: KINDS, required: true },
    { flags: "--profile <name>", about: "which guards look; standard if absent", choices: PROFILES },
    { flags: "--plugin <file>", about: "a guard of your own instead, in a sandbox unless --trusted" },
    { flags: "--trusted", about: "run that guard in this process" },
    JSON_LINES,
  ],
  examples: [
    ["portcullis scan --kind tool-result < page.html", "one text; exit code 1 where it would be blocked"],
    [`echo '{"path":"../../etc/passwd"}' | portcullis scan --kind tool-args`, "arguments, field by field"],
    ["portcullis scan --kind text --plugin codenames.js < mail.txt", "what a guard of your own says of it"],
    [
      "portcullis scan --kind text --profile enterprise < texts.jsonl > findings.jsonl",
      "lines of {id, text} give lines of {id, findings}; exit code 2 where one cannot be read",
    ],
  ],
  load: async () => (await import("./scan.ts")).scan,
};
