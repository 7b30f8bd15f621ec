import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { isObject } from "../../call/json.ts";
import { openKeychain } from "../../clients/keychain.ts";
import { stateFolder } from "../../config/paths.ts";

/** How somebody signed in to a gate from the command line. */
export interface Login {
  /** Without a slash at its end. */
  readonly gate: string;
  readonly issuer: string;
  readonly client_id: string;
  readonly resource: string;
  /** A secret. */
  readonly access_token: string;
  /** A secret. */
  readonly refresh_token: string | undefined;
  /** ms. */
  readonly expires_at: number;
}

/** Where logins are kept, in words for whoever is told. */
export type Kept = "the system's keychain" | `${string} (for this user only)`;

const accountOf = (gate: string): string => `login/${gate}`;
const fileOf = (): string => join(stateFolder(), "logins.json");

function read(): Readonly<Record<string, unknown>> {
  try {
    const value: unknown = JSON.parse(readFileSync(fileOf(), "utf8"));
    return isObject(value) ? value : {};
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return {};
    throw error;
  }
}

function write(logins: Readonly<Record<string, unknown>>): void {
  const path = fileOf();
  if (Object.keys(logins).length === 0) return rmSync(path, { force: true });
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const own = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(own, `${JSON.stringify(logins)}\n`, { mode: 0o600, flag: "wx" });
  renameSync(own, path);
}

function loginOf(value: unknown, gate: string): Login | undefined {
  if (!isObject(value) || value["gate"] !== gate) return undefined;
  const { issuer, client_id, resource, access_token, refresh_token, expires_at } = value;
  for (const each of [issuer, client_id, resource, access_token])
    if (typeof each !== "string") return undefined;
  if (typeof expires_at !== "number") return undefined;
  return { ...value, refresh_token: typeof refresh_token === "string" ? refresh_token : undefined } as Login;
}

/** How this user is signed in to a gate; undefined where they are not. */
export async function loginTo(gate: string): Promise<Login | undefined> {
  const filed = loginOf(read()[gate], gate);
  if (filed !== undefined) return filed;
  const opened = await openKeychain();
  if (opened.kind === "none") return undefined;
  const text = await opened.keychain.get(accountOf(gate)).catch(() => undefined);
  return text === undefined ? undefined : loginOf(JSON.parse(text), gate);
}

/** Keeps a login in the system's keychain, or where there is none in a file that nobody else may read. */
export async function keepLogin(login: Login): Promise<Kept> {
  const opened = await openKeychain();
  const { [login.gate]: _, ...others } = read();
  if (opened.kind === "open") {
    const kept = await opened.keychain.set(accountOf(login.gate), JSON.stringify(login)).then(
      () => true,
      () => false,
    );
    if (kept) {
      write(others);
      return "the system's keychain";
    }
  }
  write({ ...others, [login.gate]: login });
  return `${fileOf()} (for this user only)`;
}

export async function forgetLogin(gate: string): Promise<void> {
  const { [gate]: _, ...others } = read();
  write(others);
  const opened = await openKeychain();
  if (opened.kind === "open") await opened.keychain.delete(accountOf(gate)).catch(() => undefined);
}
