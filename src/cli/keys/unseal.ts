import { createInterface } from "node:readline";
import { findConfig, loadRecords } from "../../config/load.ts";
import { openFernet } from "../../privacy/fernet.ts";
import { Unreadable } from "../../privacy/jwe.ts";
import { Failure } from "../failure.ts";
import { jsonLine, print } from "../out.ts";
import { say } from "../say.ts";

type Options = Readonly<Record<string, unknown>>;

/** Characters of a token; what follows on its line is not read. */
const MOST = 4 * 1024 * 1024;

/** `portcullis keys unseal`: Fernet tokens on standard input, one a line. */
export async function unseal(_: readonly string[], options: Options): Promise<number> {
  const { keys } = loadRecords({ file: findConfig(options["config"] as string | undefined) });
  if (keys.kind !== "secret")
    throw new Failure(
      2,
      "there is no Fernet key",
      "set CACHE_ENCRYPTION_KEY, or write it under `keys:` as `secret`",
    );
  const held = keys.keys.map((key) => Buffer.from(key, "base64url"));
  let wrong = 0;
  let line = 0;
  for await (const token of createInterface({ input: process.stdin })) {
    line += 1;
    if (token.trim() === "") continue;
    try {
      if (token.length > MOST) throw new Unreadable("it is too long");
      const text = openFernet(held, token, { now_s: Math.floor(Date.now() / 1000) }).toString();
      await print(options["json"] === true ? jsonLine({ line, text }) : text);
    } catch (error) {
      if (!(error instanceof Unreadable)) throw error;
      wrong += 1;
      say("fail", `line ${line}: ${error.message}`);
    }
  }
  return wrong === 0 ? 0 : 1;
}
