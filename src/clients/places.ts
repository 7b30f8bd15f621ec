import { posix, win32 } from "node:path";
import type { Environment } from "../config/references.ts";
import type { ClientId } from "./client.ts";

/** What decides where clients keep their files. `list` names what is in a folder, nothing where there is none. */
export interface Machine {
  readonly platform: NodeJS.Platform;
  readonly home: string;
  readonly env: Environment;
  readonly cwd: string;
  readonly list: (folder: string) => readonly string[];
}

/** `user`: for this user everywhere; `local`: for this user in one project; `project`: for all who use the project. */
export type Scope = "user" | "local" | "project";

/** A file in which a client may keep lists of servers. */
export interface Place {
  readonly client: ClientId;
  readonly scope: Scope;
  readonly file: string;
}

const join = (machine: Machine, ...parts: readonly string[]): string =>
  (machine.platform === "win32" ? win32 : posix).join(...parts);

/** Set and not empty. */
function setting(machine: Machine, name: string): string | undefined {
  const value = machine.env[name];
  return value === undefined || value === "" ? undefined : value;
}

function xdg(machine: Machine): string {
  return setting(machine, "XDG_CONFIG_HOME") ?? join(machine, machine.home, ".config");
}

/** Where the platform has applications keep what they remember for a user. */
function applications(machine: Machine): string {
  if (machine.platform === "darwin") return join(machine, machine.home, "Library", "Application Support");
  if (machine.platform === "win32")
    return setting(machine, "APPDATA") ?? join(machine, machine.home, "AppData", "Roaming");
  return xdg(machine);
}

/** Claude Desktop from a Windows package reads a redirected folder, and never the one that it documents. */
function claudeDesktop(machine: Machine): readonly string[] {
  const name = "claude_desktop_config.json";
  const plain = join(machine, applications(machine), "Claude", name);
  if (machine.platform !== "win32") return [plain];
  const local = setting(machine, "LOCALAPPDATA") ?? join(machine, machine.home, "AppData", "Local");
  const packages = join(machine, local, "Packages");
  const redirected = machine
    .list(packages)
    .filter((folder) => folder.startsWith("Claude_"))
    .map((folder) => join(machine, packages, folder, "LocalCache", "Roaming", "Claude", name));
  return [...redirected, plain];
}

/** The default profile and all others, of the stable and the Insiders edition. */
function vsCode(machine: Machine): readonly string[] {
  return ["Code", "Code - Insiders"].flatMap((edition) => {
    const user = join(machine, applications(machine), edition, "User");
    const profiles = machine.list(join(machine, user, "profiles"));
    return [
      join(machine, user, "mcp.json"),
      ...profiles.map((profile) => join(machine, user, "profiles", profile, "mcp.json")),
    ];
  });
}

/** Zed honours XDG on macOS too. */
function zed(machine: Machine): string {
  const folder =
    machine.platform === "win32"
      ? join(machine, applications(machine), "Zed")
      : join(machine, xdg(machine), "zed");
  return join(machine, folder, "settings.json");
}

/**
 * Every file in which a client keeps servers, those of the user first, then those of the project in `cwd`; whether it
 * exists is not asked. Files that an administrator manages are not among them, and so are never read or changed.
 */
export function places(machine: Machine): readonly Place[] {
  const home = (...parts: readonly string[]): string => join(machine, machine.home, ...parts);
  const here = (...parts: readonly string[]): string => join(machine, machine.cwd, ...parts);
  const claude = join(machine, setting(machine, "CLAUDE_CONFIG_DIR") ?? machine.home, ".claude.json");
  const codex = setting(machine, "CODEX_HOME") ?? home(".codex");
  const of = (client: ClientId, scope: Scope, ...files: readonly string[]): readonly Place[] =>
    files.map((file) => ({ client, scope, file }));
  const all = [
    ...of("claude-desktop", "user", ...claudeDesktop(machine)),
    ...of("claude-code", "user", claude),
    ...of("cursor", "user", home(".cursor", "mcp.json")),
    ...of("vscode", "user", ...vsCode(machine)),
    ...of(
      "windsurf",
      "user",
      home(".codeium", "windsurf", "mcp_config.json"),
      home(".codeium", "mcp_config.json"),
    ),
    ...of("zed", "user", zed(machine)),
    ...of("codex", "user", join(machine, codex, "config.toml")),
    ...of("gemini", "user", home(".gemini", "settings.json")),
    ...of("copilot", "user", home(".copilot", "mcp-config.json")),
    ...of("claude-code", "project", here(".mcp.json")),
    ...of("cursor", "project", here(".cursor", "mcp.json")),
    ...of("vscode", "project", here(".vscode", "mcp.json")),
    ...of("zed", "project", here(".zed", "settings.json")),
    ...of("codex", "project", here(".codex", "config.toml")),
    ...of("gemini", "project", here(".gemini", "settings.json")),
    ...of("copilot", "project", here(".github", "mcp.json")),
  ];
  // In the home folder a project's file is the user's own.
  return all.filter(({ file }, index) => all.findIndex((other) => other.file === file) === index);
}

/** Folders whose files an administrator writes for everybody. */
const MANAGED: readonly string[] = [
  "/etc/",
  "/Library/Application Support/ClaudeCode/",
  "/Library/Application Support/GeminiCli/",
  "/Library/Managed Preferences/",
  "C:\\Program Files\\",
  "C:\\ProgramData\\",
];

/** Whether a file is one that an administrator manages; a link in a user's folder may lead to one. */
export function managed(file: string, platform: NodeJS.Platform): boolean {
  const known = (text: string): string => (platform === "linux" ? text : text.toLowerCase());
  return MANAGED.some((folder) => known(file).startsWith(known(folder)));
}
