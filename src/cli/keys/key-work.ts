import { existsSync } from "node:fs";
import { userInfo } from "node:os";
import { actId } from "../../call/id.ts";
import type { JsonObject } from "../../call/json.ts";
import { findConfig, loadRecords } from "../../config/load.ts";
import { shown } from "../../config/paths.ts";
import { type Kept, openKept } from "../../privacy/open.ts";
import { Failure } from "../failure.ts";

type Options = Readonly<Record<string, unknown>>;

/** Who types, as acts name them. */
function typist(): string {
  return userInfo().username;
}

/** Works on the keys of the records of a configuration, else of this user's `wrap`. */
export async function withKept<T>(options: Options, work: (kept: Kept) => Promise<T>): Promise<T> {
  const config = loadRecords({ file: findConfig(options["config"] as string | undefined) });
  const { store } = config;
  if (store.kind === "sqlite" && !existsSync(store.path))
    throw new Failure(3, `no records yet: ${shown(store.path)} does not exist`, "portcullis start");
  const kept = await openKept(config);
  if (kept === undefined)
    throw new Failure(
      2,
      "the records of this gate are in clear: PostgreSQL has no key of its own",
      "write `keys:` with a secret, Vault or KMS that all gates of the store share; `openssl rand -base64 32` makes a secret",
    );
  try {
    return await work(kept);
  } finally {
    await kept.store.close();
  }
}

/** Writes down what somebody at this machine did to keys. */
export async function noted(
  { store }: Kept,
  tenant: string,
  action: string,
  object: string,
  detail: JsonObject,
): Promise<void> {
  const at = Date.now();
  const act = { kind: "act", id: actId(at), at, principal: typist(), action, object } as const;
  await store.forTenant(tenant).acts.write({ ...act, outcome: "ok", detail });
}
