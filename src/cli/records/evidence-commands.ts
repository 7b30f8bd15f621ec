import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

const TENANT: Option = { flags: "--tenant <id>", about: "whose log; default if absent" };
const OUTPUT: Option = { flags: "--output <file>", about: "a new file instead of standard output" };
const WITNESS: Option = {
  flags: "--witness <key>",
  about: "the key of a witness that must have signed, name+id+key; may be given again",
  many: true,
};

/** The commands for evidence: what the record is verified and proved with. */
export const EVIDENCE_COMMANDS: readonly CommandLine[] = [
  {
    name: "audit verify",
    about: "whether the record is whole, only grew and was never altered; names the first bad record",
    options: [
      { ...TENANT, about: "of this tenant only" },
      { flags: "--since <file>", about: "a checkpoint that was kept: what it vouches for is not read again" },
      {
        flags: "--offline <bundle>",
        about: "of a file that `audit export-log` or `audit prove` wrote; needs --key",
      },
      { flags: "--key <key>", about: "the log's public key, or a file with it; the gate's own if absent" },
      WITNESS,
      CONFIG,
      JSON_LINES,
    ],
    examples: [
      ["portcullis audit verify", "everything: rows, leaves, tree, checkpoints, witnesses"],
      ["portcullis audit verify --since monday.note", "what came since, and that nothing before changed"],
      [
        "portcullis audit verify --offline log.bundle --key 'name+id+key'",
        "as an auditor does, without the database",
      ],
    ],
    load: async () => (await import("./audit-verify.ts")).verify,
  },
  {
    name: "audit prove",
    words: "<call-id>",
    about: "that a call is in the log, and which policy decided it, as a file that anybody can check",
    options: [OUTPUT, TENANT, CONFIG],
    examples: [
      [
        "portcullis audit prove call_01jd… --output call.bundle",
        "records, proof, checkpoint, signatures, policy",
      ],
    ],
    load: async () => (await import("./audit-evidence.ts")).prove,
  },
  {
    name: "audit checkpoint",
    about: "how far the log has got, signed: what an auditor keeps, and holds the log against later",
    options: [{ flags: "--key", about: "the key that it is verified with instead" }, TENANT, CONFIG],
    examples: [
      [
        "portcullis audit checkpoint > monday.note",
        "signed by the gate, and by the witnesses that have seen it",
      ],
      ["portcullis audit checkpoint --key", "name+id+key, for auditors and witnesses"],
    ],
    load: async () => (await import("./audit-evidence.ts")).checkpoint,
  },
  {
    name: "audit export-log",
    about: "the log as a file that an auditor checks without Portcullis and without the database",
    options: [
      OUTPUT,
      { flags: "--from <record>", about: "not from the first record, but from this one on" },
      TENANT,
      CONFIG,
    ],
    examples: [
      ["portcullis audit export-log --output log.bundle", "all records, leaves and checkpoints"],
      ["node verifier/verify.mjs log.bundle 'name+id+key'", "what the auditor runs"],
    ],
    load: async () => (await import("./audit-evidence.ts")).exportLog,
  },
  {
    name: "audit witness",
    about:
      "be a witness: sign checkpoints of other gates' logs as long as they only grow (C2SP tlog-witness)",
    options: [
      { flags: "--name <name>", about: "the witness's name: witness.example.com/audit", required: true },
      { flags: "--state <folder>", about: "where it keeps its key and what it has seen", required: true },
      {
        flags: "--log <key>",
        about: "the key of a log it signs for, name+id+key; may be given again",
        many: true,
        required: true,
      },
      { flags: "--host <address>", about: "where it listens; 127.0.0.1 if absent" },
      { flags: "--port <number>", about: "a free one if absent", read: "port" },
    ],
    examples: [
      [
        'portcullis audit witness --name w.example.com/1 --state /var/lib/witness --log "$(cat gate.key)" --port 8095',
        "its key and address, on standard output; put them into the gate's anchors",
      ],
    ],
    load: async () => (await import("./audit-witness.ts")).runWitness,
  },
];
