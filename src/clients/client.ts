/** The clients whose configuration is known, by the names that `connect` takes. */
export type ClientId =
  | "claude-desktop"
  | "claude-code"
  | "cursor"
  | "vscode"
  | "windsurf"
  | "zed"
  | "codex"
  | "gemini"
  | "copilot";

export interface Client {
  readonly id: ClientId;
  readonly label: string;
  /** How its files are written. */
  readonly syntax: "jsonc" | "toml";
  /** Keys under which its list of servers stands. */
  readonly keys: readonly string[];
  /** An entry that leads to an address over HTTP; undefined where the client only starts programs. */
  readonly remote: ((url: string) => Readonly<Record<string, string | readonly string[]>>) | undefined;
  /** An entry that starts a program needs this beside `command` and `args`. */
  readonly local: Readonly<Record<string, string | readonly string[]>>;
  /** How a value of its `env` is taken from the environment instead of written down; undefined where it cannot. */
  readonly reference: ((variable: string) => string) | undefined;
}

const braces = (variable: string): string => `\${${variable}}`;
const env = (variable: string): string => `\${env:${variable}}`;

/** Keys and shapes as each client documents them (2026-11). */
export const CLIENTS: readonly Client[] = [
  {
    id: "claude-desktop",
    label: "Claude Desktop",
    syntax: "jsonc",
    keys: ["mcpServers"],
    // Remote servers are added in its settings, under Connectors, and reached from the vendor's side.
    remote: undefined,
    local: {},
    reference: undefined,
  },
  {
    id: "claude-code",
    label: "Claude Code",
    syntax: "jsonc",
    keys: ["mcpServers"],
    remote: (url) => ({ type: "http", url }),
    local: { type: "stdio" },
    reference: braces,
  },
  {
    id: "cursor",
    label: "Cursor",
    syntax: "jsonc",
    keys: ["mcpServers"],
    remote: (url) => ({ url }),
    local: {},
    reference: env,
  },
  {
    id: "vscode",
    label: "VS Code",
    syntax: "jsonc",
    keys: ["servers"],
    remote: (url) => ({ type: "http", url }),
    local: { type: "stdio" },
    reference: env,
  },
  {
    id: "windsurf",
    label: "Windsurf",
    syntax: "jsonc",
    keys: ["mcpServers"],
    remote: (serverUrl) => ({ serverUrl }),
    local: {},
    reference: env,
  },
  {
    id: "zed",
    label: "Zed",
    syntax: "jsonc",
    keys: ["context_servers"],
    remote: (url) => ({ url }),
    local: {},
    reference: undefined,
  },
  {
    id: "codex",
    label: "Codex",
    syntax: "toml",
    keys: ["mcp_servers"],
    remote: (url) => ({ url }),
    local: {},
    reference: undefined,
  },
  {
    id: "gemini",
    label: "Gemini CLI",
    syntax: "jsonc",
    keys: ["mcpServers"],
    // A bare `url` means HTTP+SSE there.
    remote: (httpUrl) => ({ httpUrl }),
    local: {},
    reference: braces,
  },
  {
    id: "copilot",
    label: "Copilot CLI",
    syntax: "jsonc",
    keys: ["mcpServers"],
    remote: (url) => ({ type: "http", url, tools: ["*"] }),
    local: { type: "local", tools: ["*"] },
    reference: braces,
  },
];

/** The client of an id. */
export function clientOf(id: ClientId): Client {
  const found = CLIENTS.find((client) => client.id === id);
  if (found === undefined) throw new Error(`no client is called ${id}`);
  return found;
}
