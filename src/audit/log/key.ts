import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes } from "node:crypto";
import { linkSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";

/** Reads an Ed25519 private key in PEM (PKCS #8). Throws Error that says what is wrong, and nothing of the key. */
export function readKey(pem: string, where: string): KeyObject {
  let key: KeyObject;
  try {
    key = createPrivateKey(pem);
  } catch {
    throw new Error(`${where} is no private key in PEM: openssl genpkey -algorithm ed25519`);
  }
  if (key.asymmetricKeyType !== "ed25519")
    throw new Error(`${where} is no Ed25519 key: openssl genpkey -algorithm ed25519`);
  return key;
}

/** Whether a key was made only now. */
export interface Found {
  readonly key: KeyObject;
  readonly made: boolean;
}

/** The key in that file; undefined where there is none. Throws Error where it is no key, or others may read it. */
export function keyIn(path: string): KeyObject | undefined {
  const there = readFile(path);
  return there === undefined ? undefined : readKey(there, path);
}

/**
 * The key in that file, for its owner only; made where there is none. Of several that start at once all take the first. Throws Error
 * where others may read it.
 */
export function keyFile(path: string): Found {
  const there = keyIn(path);
  if (there !== undefined) return { key: there, made: false };
  const { privateKey } = generateKeyPairSync("ed25519");
  const own = `${path}.${randomBytes(6).toString("hex")}`;
  writeFileSync(own, privateKey.export({ type: "pkcs8", format: "pem" }), { mode: 0o600, flag: "wx" });
  let made = true;
  try {
    linkSync(own, path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    made = false;
  } finally {
    rmSync(own, { force: true });
  }
  const key = keyIn(path);
  if (key === undefined) throw new Error(`${path} was removed while it was made`);
  return { key, made };
}

/** Whoever can read the key can sign a log of their own. */
function readFile(path: string): string | undefined {
  let pem: string;
  try {
    pem = readFileSync(path, "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw error;
  }
  if (process.platform !== "win32" && (statSync(path).mode & 0o077) !== 0)
    throw new Error(`${path} can be read by others than its owner: chmod 600 ${path}`);
  return pem;
}
