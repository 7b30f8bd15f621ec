import { CONFIG, type CommandLine, JSON_LINES, type Option } from "../command-line.ts";

/** What every command takes that changes clients' files. */
export const CHANGING: readonly Option[] = [
  { flags: "--dry-run", about: "show what would change, and change nothing" },
  { flags: "-y, --yes", about: "do it without asking" },
  JSON_LINES,
];

const CLIENT = "<client>";

/** The commands that edit the configuration of clients. */
export const CLIENT_COMMANDS: readonly CommandLine[] = [
  {
    name: "unwrap",
    about: "take back what `wrap --all` did, to the byte",
    options: [{ flags: "--all", about: "in every client on this machine" }, ...CHANGING],
    examples: [["portcullis unwrap --all", "what was edited since stays"]],
    load: async () => (await import("./wrap-all.ts")).unwrapAll,
  },
  {
    name: "connect",
    words: CLIENT,
    about: "add the gate to a client's list of servers",
    options: [
      { flags: "--url <address>", about: "where the gate is; as the configuration says if absent" },
      CONFIG,
      ...CHANGING,
    ],
    examples: [
      ["portcullis connect cursor", "the gate of ./portcullis.yaml"],
      ["portcullis connect claude-code", "or claude-desktop, codex, copilot, gemini, vscode, windsurf, zed"],
      ["portcullis connect vscode --url http://127.0.0.1:8090/mcp/files", "one server of it"],
    ],
    load: async () => (await import("./connect.ts")).connect,
  },
  {
    name: "disconnect",
    words: CLIENT,
    about: "take the gate out of a client's list again, to the byte",
    options: CHANGING,
    examples: [["portcullis disconnect cursor", "everything else stays as it is"]],
    load: async () => (await import("./connect.ts")).disconnect,
  },
];
