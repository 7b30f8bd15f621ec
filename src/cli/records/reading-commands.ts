import { FORMS, REDACTIONS } from "../../audit/form/forms.ts";
import { CONFIG, type CommandLine, JSON_LINES } from "../command-line.ts";
import { CALL_FILTERS, RECORD_FILTERS } from "./reading-options.ts";

/** The commands that read what is on record. */
export const READING_COMMANDS: readonly CommandLine[] = [
  {
    name: "logs",
    about: "what happened: the calls, newest last",
    options: [
      { flags: "-f, --follow", about: "go on with calls as they end" },
      ...CALL_FILTERS,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis logs", "the newest 100 calls"],
      ["portcullis logs --last 24h --verdict deny", "what was refused since yesterday"],
      ["portcullis logs -f --server files", "calls to one server, as they end"],
      ["portcullis logs --last 7d --json > calls.jsonl", "for other programs"],
    ],
    load: async () => (await import("./logs.ts")).logs,
  },
  {
    name: "audit",
    about: "everything on record: calls and administrative acts, newest last; the story of one with --trace",
    options: [
      { flags: "-f, --follow", about: "go on with what happens" },
      { flags: "--acts", about: "administrative acts only" },
      {
        flags: "--trace <id>",
        about: "one call or question: who asked, what was decided, by whom, what came of it",
      },
      ...RECORD_FILTERS,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis audit --server cloudflare --last 24h", "what one server was asked since yesterday"],
      ["portcullis audit --acts --last 7d", "what was done to the gate itself this week"],
      ["portcullis audit --trace apr_01kah6qv9ye5svxc7r4jzd0m2n", "from the request to the result"],
    ],
    load: async () => (await import("./audit.ts")).audit,
  },
  {
    name: "export",
    about:
      "let records out: a file that another program reads, redacted or encrypted; it is an act on record",
    options: [
      { flags: "--format <form>", about: "ndjson if absent", choices: [...FORMS] },
      { flags: "--output <file>", about: "standard output if absent" },
      {
        flags: "--redact <level>",
        about: "personal if absent: personal data masked. payload: no arguments. identity: pseudonyms too",
        choices: [...REDACTIONS],
      },
      { flags: "--encrypt", about: "OpenPGP: `gpg --decrypt` opens it" },
      {
        flags: "--recipient <keyfile>",
        about: "whose OpenPGP key; may be given again. Else the passphrase in PORTCULLIS_EXPORT_PASSPHRASE",
        many: true,
      },
      ...RECORD_FILTERS,
      CONFIG,
    ],
    examples: [
      ["portcullis export --format csv --since 2026-11-01 --output november.csv", "for a spreadsheet"],
      [
        "portcullis export --format parquet --redact identity --output calls.parquet",
        "for analysis, without persons",
      ],
      [
        "portcullis export --format json --encrypt --recipient auditor.asc --output audit.json.gpg",
        "for one reader",
      ],
    ],
    load: async () => (await import("./export.ts")).exportRecords,
  },
];
