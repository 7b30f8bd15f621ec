import { AwsClient } from "aws4fetch";
import { isObject, type Json, type JsonObject, member } from "../call/json.ts";
import type { KeysConfig } from "../config/keys.ts";
import type { Outbound } from "../outbound/outbound.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import { MissingKey, type Root } from "./root.ts";

type Kms = Extract<KeysConfig, { readonly kind: "kms" }>;

/** What KMS says where the key that wrapped something is not to be had. */
const MISSING: ReadonlySet<string> = new Set([
  "InvalidCiphertextException",
  "IncorrectKeyException",
  "NotFoundException",
]);

/** The name of an error, without the namespace that some of them bear. */
function errorOf(said: JsonObject): string {
  const type = said["__type"];
  return typeof type === "string" ? (/(\w+)$/.exec(type)?.[1] ?? "") : "";
}

async function json(answer: Response): Promise<JsonObject> {
  try {
    const value: unknown = await answer.json();
    return isObject(value) ? value : {};
  } catch {
    return {};
  }
}

/**
 * A symmetric key of AWS KMS: what is wrapped is sent there to be wrapped, and KMS alone has the key. Rotated by KMS, or by an alias
 * that leads to another key. What was wrapped says itself which key opens it.
 */
export function kmsRoot(
  { url, region, key, access_key_id, secret_access_key, session_token }: Kms,
  { fetch }: Pick<Outbound, "fetch">,
): Root {
  const where = `AWS KMS at ${new URL(url).host}`;
  const client = new AwsClient({
    accessKeyId: access_key_id,
    secretAccessKey: secret_access_key,
    ...(session_token !== undefined && { sessionToken: session_token }),
    service: "kms",
    region,
    retries: 0,
  });
  // Of what KMS says only the name of the error, for its words may quote the request.
  const unavailable = (what: string, cause?: unknown): JournalUnavailable =>
    new JournalUnavailable("unreachable", `${where} ${what}.`, cause);

  async function ask(action: string, body: JsonObject, by: string): Promise<JsonObject> {
    let answer: Response;
    try {
      const request = await client.sign(url, {
        method: "POST",
        headers: { "content-type": "application/x-amz-json-1.1", "x-amz-target": `TrentService.${action}` },
        body: JSON.stringify(body),
      });
      answer = await fetch(url, {
        method: "POST",
        headers: request.headers,
        body: JSON.stringify(body),
      });
    } catch (error) {
      throw unavailable(`cannot be asked: ${error instanceof Error ? error.message : ""}`, error);
    }
    const said = await json(answer);
    if (answer.status === 200) return said;
    const error = errorOf(said);
    if (action === "Decrypt" && MISSING.has(error)) throw new MissingKey(by, where);
    throw unavailable(
      `answers ${answer.status}${error === "" ? "" : ` (${error})`} to ${action} with ${key}`,
    );
  }

  function text(said: Json, name: string): string {
    const value = member(said, name);
    if (typeof value === "string") return value;
    throw unavailable(`answers without ${name}`);
  }

  async function described() {
    const about = (await ask("DescribeKey", { KeyId: key }, key))["KeyMetadata"] ?? {};
    const made = member(about, "CreationDate");
    return { id: `kms:${text(about, "Arn")}`, at: typeof made === "number" ? made * 1000 : undefined };
  }

  return {
    where,
    primary: async () => (await described()).id,
    wrap: async (plain) =>
      text(
        await ask("Encrypt", { KeyId: key, Plaintext: Buffer.from(plain).toString("base64") }, key),
        "CiphertextBlob",
      ),
    unwrap: async (wrapped, by) =>
      Buffer.from(text(await ask("Decrypt", { CiphertextBlob: wrapped }, by), "Plaintext"), "base64"),
    keys: async () => [{ ...(await described()), primary: true }],
  };
}
