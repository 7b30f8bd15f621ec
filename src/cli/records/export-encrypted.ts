import { readFileSync } from "node:fs";
import { Readable } from "node:stream";
import type { ReadableStream } from "node:stream/web";
import type * as OpenPGP from "openpgp";
import { EXPORT_PASSPHRASE } from "../../config/told.ts";
import { Failure } from "../failure.ts";

type Options = Readonly<Record<string, unknown>>;
type Encrypt = (plain: Readable) => Promise<AsyncIterable<Uint8Array>>;

const LEAST_CHARS = 12;

async function library() {
  try {
    return await import("openpgp");
  } catch {
    throw new Failure(
      3,
      "`--encrypt` needs the package openpgp, which is not installed",
      "npm install openpgp",
    );
  }
}

function read(path: string, what: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    const { code = "failed" } = error as NodeJS.ErrnoException;
    throw new Failure(2, `${what} ${path} cannot be read (${code})`, "name a file that is there");
  }
}

/** A passphrase of the environment, or of a file that it names. */
function passphrase(env: NodeJS.ProcessEnv): string | undefined {
  const file = env[`${EXPORT_PASSPHRASE}_FILE`];
  const written =
    env[EXPORT_PASSPHRASE] ??
    (file === undefined ? undefined : read(file, "the passphrase in").toString().trimEnd());
  if (written === undefined || written === "") return undefined;
  if (written.length < LEAST_CHARS)
    throw new Failure(
      2,
      `a passphrase has ${LEAST_CHARS} characters or more`,
      `${EXPORT_PASSPHRASE}, or ${EXPORT_PASSPHRASE}_FILE`,
    );
  return written;
}

async function keysIn(path: string, { readKeys }: typeof OpenPGP) {
  const bytes = read(path, "the key in");
  try {
    const text = bytes.toString("latin1");
    const keys = text.includes("-----BEGIN PGP")
      ? await readKeys({ armoredKeys: text })
      : await readKeys({ binaryKeys: bytes });
    for (const key of keys) await key.getEncryptionKey();
    if (keys.length > 0) return keys;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      2,
      `${path} is no OpenPGP key that can be encrypted to: ${why}`,
      "gpg --export --armor THEM > KEYFILE",
    );
  }
  throw new Failure(2, `${path} holds no OpenPGP key`, "gpg --export --armor THEM > KEYFILE");
}

/**
 * Encrypts to the OpenPGP keys of `--recipient`, else with the passphrase of the environment, so that `gpg --decrypt` opens it
 * (RFC 9580, keys of version 4). Throws Failure before anything is read where neither is there, or a key cannot be used.
 */
export async function encryption(options: Options): Promise<Encrypt> {
  const openpgp = await library();
  const files = (options["recipient"] as readonly string[] | undefined) ?? [];
  const keys = (await Promise.all(files.map((file) => keysIn(file, openpgp)))).flat();
  const secret = keys.length === 0 ? passphrase(process.env) : undefined;
  if (keys.length === 0 && secret === undefined)
    throw new Failure(
      2,
      "nobody is named who could read it",
      `--recipient KEYFILE, or a passphrase in ${EXPORT_PASSPHRASE}`,
    );
  return async (plain) => {
    const bytes = Readable.from(
      (async function* () {
        for await (const chunk of plain) yield Buffer.from(chunk as string | Uint8Array);
      })(),
    );
    const message = await openpgp.createMessage({
      binary: Readable.toWeb(bytes) as ReadableStream<Uint8Array>,
    });
    const sealed = await openpgp.encrypt({
      message,
      ...(secret === undefined ? { encryptionKeys: keys } : { passwords: [secret] }),
      format: "binary",
    });
    return Readable.fromWeb(sealed);
  };
}
