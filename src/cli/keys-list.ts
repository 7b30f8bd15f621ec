import { userInfo } from "node:os";
import { printable } from "../document/render.ts";
import type { ApiKey } from "../store/credentials.ts";
import { Failure } from "./failure.ts";
import { withKeys } from "./keys.ts";
import { columns, jsonLine, print } from "./out.ts";
import { say } from "./say.ts";
import { localTime } from "./times.ts";

type Options = Readonly<Record<string, unknown>>;

function stateOf({ revoked_at, expires_at }: ApiKey, now: number): "active" | "revoked" | "expired" {
  if (revoked_at !== null) return "revoked";
  return expires_at > now ? "active" : "expired";
}

const utc = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** What a line says of a key; its digest is nobody's business. */
function lineOf(key: ApiKey, now: number): Readonly<Record<string, unknown>> {
  const { digest: _, made_at, expires_at, revoked_at, used_at, ...rest } = key;
  return {
    ...rest,
    state: stateOf(key, now),
    made_at: utc(made_at),
    expires_at: utc(expires_at),
    revoked_at: utc(revoked_at),
    used_at: utc(used_at),
  };
}

/** `portcullis keys list`. */
export async function list(_: readonly string[], options: Options): Promise<number> {
  return await withKeys(options, async (keys) => {
    const now = Date.now();
    const known = await keys.list(options["tenant"] as string | undefined);
    if (options["json"] === true) {
      for (const key of known) await print(jsonLine(lineOf(key, now)));
      return 0;
    }
    const rows = known.map((key) => [
      key.id,
      printable(key.principal),
      printable(key.tenant),
      stateOf(key, now),
      `until ${localTime(key.expires_at, now)}`,
      key.used_at === null ? "never used" : `used ${localTime(key.used_at, now)}`,
      printable(key.name),
    ]);
    for (const line of columns(rows)) await print(line);
    return 0;
  });
}

/** `portcullis keys revoke ID`. */
export async function revoke([id = ""]: readonly string[], options: Options): Promise<number> {
  return await withKeys(options, async (keys) => {
    const revoked = await keys.revoke(id, Date.now(), userInfo().username);
    if (options["json"] === true) {
      await print(jsonLine({ id, revoked }));
      return revoked ? 0 : 1;
    }
    if (!revoked)
      throw new Failure(
        1,
        `no key ${printable(id)} is there to take back`,
        "portcullis keys list shows them",
      );
    say("ok", `key ${id} is taken back; within a second no gate takes it`);
    return 0;
  });
}
