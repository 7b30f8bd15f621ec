import { homedir } from "node:os";
import { join } from "node:path";
import type { Environment } from "../config/references.ts";

/** A client's own list of servers: which file, and under which keys the list is. */
export interface ClientList {
  readonly client: string;
  readonly file: string;
  readonly keys: readonly string[];
}

/** Where the clients keep lists that are JSON: for a user first, then those of the project in `cwd`. */
export function clientLists(
  cwd: string,
  env: Environment = process.env,
  platform: NodeJS.Platform = process.platform,
): readonly ClientList[] {
  const home = env["HOME"] ?? homedir();
  const application =
    platform === "darwin"
      ? join(home, "Library", "Application Support")
      : platform === "win32"
        ? (env["APPDATA"] ?? join(home, "AppData", "Roaming"))
        : (env["XDG_CONFIG_HOME"] ?? join(home, ".config"));
  const servers = ["mcpServers"];
  return [
    {
      client: "Claude Desktop",
      file: join(application, "Claude", "claude_desktop_config.json"),
      keys: servers,
    },
    { client: "Claude Code", file: join(home, ".claude.json"), keys: servers },
    { client: "Claude Code", file: join(home, ".claude.json"), keys: ["projects", cwd, "mcpServers"] },
    { client: "Cursor", file: join(home, ".cursor", "mcp.json"), keys: servers },
    { client: "VS Code", file: join(application, "Code", "User", "mcp.json"), keys: ["servers"] },
    { client: "Windsurf", file: join(home, ".codeium", "windsurf", "mcp_config.json"), keys: servers },
    { client: "Gemini CLI", file: join(home, ".gemini", "settings.json"), keys: servers },
    { client: "Copilot CLI", file: join(home, ".copilot", "mcp-config.json"), keys: servers },
    {
      client: "Zed",
      file: join(
        platform === "win32" ? application : join(env["XDG_CONFIG_HOME"] ?? join(home, ".config")),
        "zed",
        "settings.json",
      ),
      keys: ["context_servers"],
    },
    { client: "Claude Code", file: join(cwd, ".mcp.json"), keys: servers },
    { client: "Cursor", file: join(cwd, ".cursor", "mcp.json"), keys: servers },
    { client: "VS Code", file: join(cwd, ".vscode", "mcp.json"), keys: ["servers"] },
    { client: "Gemini CLI", file: join(cwd, ".gemini", "settings.json"), keys: servers },
  ];
}
