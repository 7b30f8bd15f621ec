import { describe, expect, test } from "vitest";
import { type Machine, managed, places } from "./places.ts";

const EMPTY = (): readonly string[] => [];
const MACHINES = {
  linux: { platform: "linux", home: "/home/ana", env: {}, cwd: "/home/ana/shop", list: EMPTY },
  darwin: { platform: "darwin", home: "/Users/ana", env: {}, cwd: "/Users/ana/shop", list: EMPTY },
  win32: {
    platform: "win32",
    home: "C:\\Users\\ana",
    env: { APPDATA: "C:\\Users\\ana\\AppData\\Roaming", LOCALAPPDATA: "C:\\Users\\ana\\AppData\\Local" },
    cwd: "C:\\Users\\ana\\shop",
    list: EMPTY,
  },
} as const satisfies Record<string, Machine>;

const lines = (machine: Machine): string =>
  places(machine)
    .map(({ client, scope, file }) => `${client.padEnd(15)} ${scope.padEnd(8)} ${file}`)
    .join("\n");

const filesOf = (machine: Machine, client: string): readonly string[] =>
  places(machine).flatMap((place) => (place.client === client ? [place.file] : []));

describe("where clients keep their servers", () => {
  test.each(Object.entries(MACHINES))("on %s", (_, machine) => {
    expect(lines(machine)).toMatchSnapshot();
  });

  test("a packaged Claude Desktop on Windows has a folder of its own, which comes first", () => {
    const packages = "C:\\Users\\ana\\AppData\\Local\\Packages";
    const machine: Machine = {
      ...MACHINES.win32,
      list: (folder) => (folder === packages ? ["Claude_pzs8sxrjxfjjc", "Microsoft.Paint"] : []),
    };
    expect(filesOf(machine, "claude-desktop")).toEqual([
      `${packages}\\Claude_pzs8sxrjxfjjc\\LocalCache\\Roaming\\Claude\\claude_desktop_config.json`,
      "C:\\Users\\ana\\AppData\\Roaming\\Claude\\claude_desktop_config.json",
    ]);
  });

  test("VS Code has one for each profile", () => {
    const machine: Machine = {
      ...MACHINES.linux,
      list: (folder) => (folder === "/home/ana/.config/Code/User/profiles" ? ["4f2a"] : []),
    };
    expect(filesOf(machine, "vscode")).toContain("/home/ana/.config/Code/User/profiles/4f2a/mcp.json");
  });

  test("folders that the environment names are used, empty names are not", () => {
    const env = { XDG_CONFIG_HOME: "/xdg", CODEX_HOME: "/codex", CLAUDE_CONFIG_DIR: "/claude" };
    const machine: Machine = { ...MACHINES.linux, env };
    expect(filesOf(machine, "zed")).toContain("/xdg/zed/settings.json");
    expect(filesOf(machine, "codex")).toContain("/codex/config.toml");
    expect(filesOf(machine, "claude-code")).toContain("/claude/.claude.json");
    const none: Machine = { ...MACHINES.linux, env: { XDG_CONFIG_HOME: "", CODEX_HOME: "" } };
    expect(lines(none)).toBe(lines(MACHINES.linux));
  });

  test("in the home folder no file is named twice", () => {
    const files = places({ ...MACHINES.linux, cwd: "/home/ana" }).map(({ file }) => file);
    expect(new Set(files).size).toBe(files.length);
  });
});

describe("what an administrator manages", () => {
  test.each(Object.entries(MACHINES))("is not among the places on %s", (_, machine) => {
    expect(places(machine).filter(({ file }) => managed(file, machine.platform))).toEqual([]);
  });

  test.each([
    ["linux", "/etc/claude-code/managed-mcp.json", true],
    ["linux", "/etc/gemini-cli/settings.json", true],
    ["darwin", "/Library/Application Support/ClaudeCode/managed-mcp.json", true],
    ["darwin", "/Users/ana/Library/Application Support/Claude/claude_desktop_config.json", false],
    ["win32", "C:\\Program Files\\ClaudeCode\\managed-mcp.json", true],
    ["win32", "c:\\programdata\\gemini-cli\\settings.json", true],
    ["linux", "/home/ana/etc/settings.json", false],
  ] as const)("%s %s: %s", (platform, file, is) => {
    expect(managed(file, platform)).toBe(is);
  });
});
