import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const SESSION = fileURLToPath(new URL("keychain-session.ts", import.meta.url));
const TOKEN = "ghp_abcdefghijklmnop1234";
const KEY = "sk-abcdef123456";

const missing = ["dbus-run-session", "gnome-keyring-daemon"].filter(
  (name) => spawnSync(name, ["--version"]).error !== undefined,
);

interface Ran {
  readonly code: number;
  readonly said: string;
}
interface Seen {
  readonly wrapped: Ran;
  readonly text: string;
  readonly started: Ran;
  readonly lost: Ran;
  readonly alone: Ran;
  readonly unwrapped: Ran;
}

test.skipIf(missing.length > 0)(
  `secrets move to a real keychain, reach the server, and come back to the byte${missing.length > 0 ? ` (skipped: no ${missing.join(", ")} here)` : ""}`,
  () => {
    const home = mkdtempSync(join(tmpdir(), "portcullis-keychain-"));
    try {
      const file = join(home, ".cursor", "mcp.json");
      const server = join(home, "server.mjs");
      // Says whether it was given what it needs, not what that is.
      writeFileSync(
        server,
        `process.stderr.write(String(process.env.API_KEY === atob("${btoa(KEY)}") && process.argv[3] === atob("${btoa(TOKEN)}")));process.stdin.resume()`,
      );
      const before = JSON.stringify({
        mcpServers: {
          server: { command: process.execPath, args: [server, "--token", TOKEN], env: { API_KEY: KEY } },
        },
      });
      mkdirSync(join(home, ".cursor"));
      writeFileSync(file, before);
      const { PATH } = process.env;
      const env = { PATH, HOME: home, XDG_RUNTIME_DIR: home };
      const { stdout, stderr } = spawnSync("dbus-run-session", ["--", process.execPath, SESSION, file], {
        env,
        cwd: home,
        encoding: "utf8",
        timeout: 50_000,
      });
      const last = stdout.trim().split("\n").at(-1) ?? "";
      if (!last.startsWith("{")) throw new Error(stderr);
      const seen = JSON.parse(last) as Seen;
      expect(seen.wrapped).toMatchObject({ code: 0, said: expect.stringContaining("keychain: env.API_KEY") });
      expect(seen.text).toMatch(/"API_KEY":"keychain:portcullis\/server\/API_KEY\/[0-9a-f]{8}"/);
      expect(seen.started).toEqual({ code: 0, said: "true" });
      expect(seen.lost).toMatchObject({
        code: 3,
        said: expect.stringContaining("the keychain has no keychain:portcullis/none"),
      });
      expect(seen.alone).toMatchObject({
        code: 3,
        said: expect.stringContaining("server needs the system keychain"),
      });
      expect(seen.unwrapped).toMatchObject({ code: 0 });
      expect(readFileSync(file, "utf8")).toBe(before);
      const left = readdirSync(home, { recursive: true, withFileTypes: true }).filter(
        (entry) => entry.isFile() && join(entry.parentPath, entry.name) !== file,
      );
      for (const secret of [TOKEN, KEY]) {
        expect(last).not.toContain(secret);
        for (const entry of left)
          expect(readFileSync(join(entry.parentPath, entry.name), "latin1")).not.toContain(secret);
      }
    } finally {
      rmSync(home, { recursive: true });
    }
  },
);
