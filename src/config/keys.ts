import { existsSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import type { JsonPath } from "../call/json.ts";
import type { Reading } from "./build.ts";
import type { StoreAddress } from "./config.ts";
import { type Environment, expand, lookUp } from "./references.ts";

/** What wraps the keys of the records. */
export type KeysConfig =
  | { readonly kind: "file"; readonly path: string }
  /** In base64url, the first in use. Secrets. */
  | { readonly kind: "secret"; readonly keys: readonly string[] }
  | {
      readonly kind: "vault";
      readonly url: string;
      readonly mount: string;
      readonly key: string;
      /** A secret. */
      readonly token: string;
      readonly namespace: string | undefined;
    }
  | {
      readonly kind: "kms";
      readonly url: string;
      readonly region: string;
      readonly key: string;
      readonly access_key_id: string;
      /** Secrets. */
      readonly secret_access_key: string;
      readonly session_token: string | undefined;
    }
  /** PostgreSQL is shared by several machines, and nobody said what they share: records are in clear. */
  | { readonly kind: "none" };

const FILE = "portcullis.keys";
/** As the MCP Gateway of the same family calls it. */
const FERNET = "CACHE_ENCRYPTION_KEY";
const KEY_BYTES = 32;

/**
 * Keys written as text, comma-separated, the first in use: 32 bytes in base64, base64url (which is how Fernet writes its keys) or
 * hexadecimal. Where one is none, a sentence says why, without the key.
 */
export function readKeys(text: string): readonly string[] | { readonly wrong: string } {
  const keys: string[] = [];
  for (const [index, written] of text.split(",").entries()) {
    const key = written.trim();
    const isHex = /^[0-9a-f]{64}$/i.test(key);
    const isBase64 = /^[A-Za-z0-9+/_-]{43}=?$/.test(key);
    const bytes = isHex ? Buffer.from(key, "hex") : Buffer.from(isBase64 ? key : "", "base64url");
    if (bytes.length !== KEY_BYTES)
      return { wrong: `key ${index + 1} is not 32 bytes in base64 or hexadecimal` };
    // Of 32 random bytes, so few different ones do not come about.
    if (new Set(bytes).size < KEY_BYTES / 2) return { wrong: `key ${index + 1} is not random` };
    keys.push(bytes.toString("base64url"));
  }
  return keys;
}

const MADE_BY = "openssl rand -base64 32";

function secretKeys({ origin, findings }: Reading, text: string, path: JsonPath, from: string): KeysConfig {
  const keys = readKeys(text);
  if (!("wrong" in keys)) return { kind: "secret", keys };
  if (text !== "")
    findings.problems.push(origin.problem(path, `${from}${keys.wrong}`, `make one with \`${MADE_BY}\``));
  return { kind: "none" };
}

/** The key of other gateways in the environment, where nothing else was said and no key of our own is there yet. */
function inherited(reading: Reading, own: KeysConfig): KeysConfig | undefined {
  if (own.kind === "file" && existsSync(own.path)) return undefined;
  let text: string | undefined;
  try {
    text = lookUp(FERNET, reading.env);
  } catch (error) {
    const why = `${FERNET}_FILE cannot be read: ${(error as Error).message}`;
    reading.findings.problems.push(reading.origin.problem(["keys"], why));
  }
  return text === undefined ? undefined : secretKeys(reading, text, ["keys"], `${FERNET}: `);
}

/** The file that is made beside the records where nobody said anything. */
export function ownKeys(store: StoreAddress): KeysConfig {
  return store.kind === "sqlite" ? { kind: "file", path: join(dirname(store.path), FILE) } : { kind: "none" };
}

/** Whether the environment brings a key of another gateway. */
export function bringsKey(env: Environment): boolean {
  return env[FERNET] !== undefined || env[`${FERNET}_FILE`] !== undefined;
}

/** Where a service that has the key is; what is no address is a problem. */
function httpAddress(
  { env, origin, findings }: Reading,
  text: string,
  path: JsonPath,
  example: string,
): string {
  const address = expand(text, path, env, origin, findings);
  if (!URL.canParse(address) || !/^https?:$/.test(new URL(address).protocol))
    findings.problems.push(origin.problem(path, "is not http(s)://…", example));
  return address;
}

/** What wraps the keys of the records. What is wrong is in the findings. */
export function buildKeys(reading: Reading, store: StoreAddress): KeysConfig {
  const { file, env, origin, findings, folder } = reading;
  const { keys } = file;
  const say = (text: string, path: JsonPath): string => expand(text, path, env, origin, findings);
  if (keys?.file !== undefined)
    return { kind: "file", path: resolve(folder, say(keys.file, ["keys", "file"])) };
  if (keys?.secret !== undefined) {
    const path = ["keys", "secret"];
    return secretKeys(reading, say(keys.secret, path), path, "");
  }
  if (keys?.vault !== undefined) {
    const { url, key, mount = "transit", token, namespace } = keys.vault;
    const address = httpAddress(reading, url, ["keys", "vault", "url"], "https://vault.example.com:8200");
    const secret = say(token, ["keys", "vault", "token"]);
    return { kind: "vault", url: address.replace(/\/+$/, ""), mount, key, token: secret, namespace };
  }
  if (keys?.kms !== undefined) {
    const { url, region, key, access_key_id, secret_access_key, session_token } = keys.kms;
    const usual = `https://kms.${region}.amazonaws.com`;
    return {
      kind: "kms",
      url: httpAddress(reading, url ?? usual, ["keys", "kms", "url"], usual),
      region,
      key,
      access_key_id: say(access_key_id, ["keys", "kms", "access_key_id"]),
      secret_access_key: say(secret_access_key, ["keys", "kms", "secret_access_key"]),
      session_token: session_token && say(session_token, ["keys", "kms", "session_token"]),
    };
  }
  const own = ownKeys(store);
  return inherited(reading, own) ?? own;
}
