import { existsSync } from "node:fs";
import { IN_KEYCHAIN } from "./secret-values.ts";

/** A place that keeps secrets for this user. */
export interface Keychain {
  /** Undefined where it has none of that name. Rejects where it is locked or gone. */
  get(account: string): Promise<string | undefined>;
  set(account: string, value: string): Promise<void>;
  delete(account: string): Promise<void>;
}

export type Opened =
  | { readonly kind: "open"; readonly keychain: Keychain }
  | { readonly kind: "none"; readonly why: string };

const SERVICE = "portcullis";
/** A keychain may ask the person for a password first. */
const PATIENCE_MS = 120_000;

/** The account that a reference names; undefined where the text is none. */
export function accountOf(text: string): string | undefined {
  return text.startsWith(IN_KEYCHAIN) ? text.slice(IN_KEYCHAIN.length) : undefined;
}

/** Clients give a server few variables; the bus of a session is where systemd puts it. */
function findBus(): void {
  const bus = `/run/user/${process.getuid?.() ?? 0}/bus`;
  if (
    process.platform === "linux" &&
    process.env["DBUS_SESSION_BUS_ADDRESS"] === undefined &&
    existsSync(bus)
  )
    process.env["DBUS_SESSION_BUS_ADDRESS"] = `unix:path=${bus}`;
}

/**
 * The operating system's keychain: Keychain, Credential Manager, or the Secret Service of a Linux desktop. Never the
 * kernel's own keyring, which forgets at the next start. `none` where there is none that answers.
 */
export async function openKeychain(): Promise<Opened> {
  try {
    findBus();
    const { AsyncEntry } = await import("@napi-rs/keyring");
    const entry = (account: string): InstanceType<typeof AsyncEntry> =>
      new AsyncEntry(SERVICE, account, { linux: { store: "secret-service" } });
    const patience = (): AbortSignal => AbortSignal.timeout(PATIENCE_MS);
    // Opening one is what tells whether there is a keychain.
    entry("probe");
    const keychain: Keychain = {
      get: async (account) => (await entry(account).getPassword(patience())) ?? undefined,
      set: async (account, value) => await entry(account).setPassword(value, patience()),
      delete: async (account) => void (await entry(account).deleteCredential(patience())),
    };
    return { kind: "open", keychain };
  } catch (error) {
    return { kind: "none", why: error instanceof Error ? error.message : String(error) };
  }
}
