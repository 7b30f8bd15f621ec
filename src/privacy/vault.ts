import type { KeysConfig } from "../config/keys.ts";
import { isObject, type Json, type JsonObject, member } from "../call/json.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { MissingKey, type Root, type RootKey } from "./root.ts";

type Vault = Extract<KeysConfig, { readonly kind: "vault" }>;

/** What is wrong, in one line; of what Vault says only the status, for its words may quote the request. */
function unavailable(where: string, what: string, cause?: unknown): JournalUnavailable {
  return new JournalUnavailable("unreachable", `${where} ${what}.`, cause);
}

async function json(answer: Response): Promise<JsonObject> {
  try {
    const value: unknown = await answer.json();
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/** Keys of Vault's transit engine: what is wrapped is sent there to be wrapped, and Vault alone has the key. Rotated by Vault. */
export function vaultRoot(
  { url, mount, key, token, namespace }: Vault,
  outbound: Pick<Outbound, "fetch">,
): Root {
  const where = `Vault at ${new URL(url).host}`;
  const headers = {
    "x-vault-token": token,
    "x-vault-request": "true",
    ...(namespace !== undefined && { "x-vault-namespace": namespace }),
  };

  async function ask(path: string, body?: JsonObject): Promise<Json | undefined> {
    const init: RequestInit =
      body === undefined
        ? { headers }
        : {
            method: "POST",
            headers: { ...headers, "content-type": "application/json" },
            body: JSON.stringify(body),
          };
    let answer: Response;
    try {
      answer = await outbound.fetch(`${url}/v1/${mount}/${path}/${key}`, init);
    } catch (error) {
      throw unavailable(where, `cannot be asked: ${error instanceof Error ? error.message : ""}`, error);
    }
    if (answer.status === 403) throw unavailable(where, `lets the token not ${path} with the key ${key}`);
    if (answer.status === 400 && path === "decrypt") throw new MissingKey(`${mount}/${key}`, where);
    if (answer.status !== 200) throw unavailable(where, `answers ${answer.status} to ${path} ${key}`);
    return (await json(answer))["data"];
  }

  function text(data: Json | undefined, name: string): string {
    const value = member(data, name);
    if (typeof value === "string") return value;
    throw unavailable(where, `answers without ${name}`);
  }

  const named = (version: string): string => `vault:${mount}/${key}:v${version}`;
  async function known(): Promise<readonly RootKey[]> {
    const data = await ask("keys");
    const [latest, versions] = [member(data, "latest_version"), member(data, "keys")];
    return Object.entries(isObject(versions) ? versions : {}).map(([version, made]) => ({
      id: named(version),
      at: typeof made === "number" ? made * 1000 : undefined,
      primary: Number(version) === latest,
    }));
  }

  return {
    where,
    async primary() {
      const latest = (await known()).find(({ primary }) => primary);
      if (latest === undefined) throw unavailable(where, `has no key ${key} in ${mount}`);
      return latest.id;
    },
    wrap: async (plain) =>
      text(await ask("encrypt", { plaintext: Buffer.from(plain).toString("base64") }), "ciphertext"),
    unwrap: async (ciphertext) =>
      Buffer.from(text(await ask("decrypt", { ciphertext }), "plaintext"), "base64"),
    keys: known,
  };
}
