/**
 * Run inside a D-Bus session of its own: unlocks a keyring that lives in the home folder, wraps, starts what was wrapped,
 * unwraps, and prints what it saw as one line of JSON.
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const CLI = fileURLToPath(new URL("../../src/cli/cli.ts", import.meta.url));
const [file = ""] = process.argv.slice(2);

interface Entry {
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
}

const run = (...words: readonly string[]): { readonly code: number | null; readonly said: string } => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [CLI, ...words], {
    encoding: "utf8",
    timeout: 20_000,
  });
  return { code: status, said: `${stdout}${stderr}` };
};

/** Starts an entry as a client does: few variables, and its own. */
function start({ args, env }: Entry, bus: boolean): { readonly code: number | null; readonly said: string } {
  const few = ["HOME", "PATH", "XDG_RUNTIME_DIR", ...(bus ? ["DBUS_SESSION_BUS_ADDRESS"] : [])];
  const kept = Object.fromEntries(
    few.map((name) => [name, process.env[name] ?? ""]).filter(([, value]) => value !== ""),
  );
  const { status, stderr } = spawnSync(process.execPath, [CLI, ...args.slice(1)], {
    encoding: "utf8",
    env: { ...kept, ...env },
    input: "",
    timeout: 20_000,
  });
  return { code: status, said: stderr };
}

// It goes into the background when it is ready, and ends with the session.
const opened = spawnSync("gnome-keyring-daemon", ["--unlock", "--components=secrets"], {
  input: "password\n",
  stdio: ["pipe", "ignore", "ignore"],
  timeout: 10_000,
});
if (opened.status !== 0) throw new Error(`the keyring did not open: ${opened.status ?? opened.signal}`);
const wrapped = run("wrap", "--all", "--yes", "--move-secrets");
const text = readFileSync(file, "utf8");
const entry = (JSON.parse(text) as { mcpServers: Record<string, Entry> }).mcpServers["server"];
const started = entry === undefined ? undefined : start(entry, true);
const lost =
  entry === undefined ? undefined : start({ ...entry, env: { API_KEY: "keychain:portcullis/none" } }, true);
const alone = entry === undefined ? undefined : start(entry, false);
const unwrapped = run("unwrap", "--all", "--yes");
process.stdout.write(`${JSON.stringify({ wrapped, text, started, lost, alone, unwrapped })}\n`);
