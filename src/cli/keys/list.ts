import { isAcross, may } from "../../call/permission.ts";
import { printable } from "../../document/render.ts";
import { GRACE_MS, MAX_GRACE_MS } from "../../identity/key-desk.ts";
import type { ApiKey } from "../../store/people/credentials.ts";
import { Failure } from "../failure.ts";
import { type LookingAfter, lookingAfter, sayWho } from "../looking-after.ts";
import { columns, jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { say } from "../say.ts";
import { show } from "./keys.ts";

type Options = Readonly<Record<string, unknown>>;

function stateOf({ revoked_at, expires_at }: ApiKey, now: number): "active" | "revoked" | "expired" {
  if (revoked_at !== null) return "revoked";
  return expires_at > now ? "active" : "expired";
}

const utc = (at: number | null): string | null => (at === null ? null : new Date(at).toISOString());

/** What a line says of a key; its digest is nobody's business. */
function lineOf(key: ApiKey, now: number): Readonly<Record<string, unknown>> {
  const { digest: _, made_at, expires_at, revoked_at, used_at, account = false, ...rest } = key;
  return {
    ...rest,
    service_account: account,
    state: stateOf(key, now),
    made_at: utc(made_at),
    expires_at: utc(expires_at),
    revoked_at: utc(revoked_at),
    used_at: utc(used_at),
  };
}

const HEAD = ["KEY", "PRINCIPAL", "TENANT", "ROLES", "STATE", "UNTIL", "USED", "FOR"];

/** What a key gives, in a word or two. */
function rolesText({ roles, account }: ApiKey): string {
  if (account === true) return "of the account";
  return roles.length === 0 ? "-" : roles.map(printable).join(",");
}

function row(key: ApiKey, now: number): readonly string[] {
  return [
    key.id,
    printable(key.principal),
    printable(key.tenant),
    rolesText(key),
    stateOf(key, now),
    localTime(key.expires_at, now),
    key.used_at === null ? "never" : localTime(key.used_at, now),
    printable(key.name),
  ];
}

/** `portcullis keys list`. */
export async function list(_: readonly string[], options: Options): Promise<number> {
  return await lookingAfter(options, async ({ by, store }) => {
    const now = Date.now();
    const tenant = (options["tenant"] as string | undefined) ?? (isAcross(by) ? undefined : by.tenant);
    if (!may(by, "people.read", tenant ?? by.tenant))
      throw new Failure(1, `${by.id} lacks the permission people.read there`);
    const known = await store.credentials.list(tenant);
    if (options["json"] === true) {
      for (const key of known) await print(jsonLine(lineOf(key, now)));
      return 0;
    }
    if (known.length > 0)
      for (const line of columns([HEAD, ...known.map((key) => row(key, now))])) await print(line);
    return 0;
  });
}

const nothing = (id: string): Failure =>
  new Failure(
    1,
    `no key ${printable(id)} is there to take back or replace`,
    "portcullis keys list shows them",
  );

/** The tenant of a key, as far as whoever asks may know of it. */
async function tenantOfKey({ by, store }: LookingAfter, id: string): Promise<string> {
  const tenant = (await store.credentials.get(id))?.tenant ?? by.tenant;
  return may(by, "people.read", tenant) ? tenant : by.tenant;
}

/** `portcullis keys revoke ID`. */
export async function revoke([id = ""]: readonly string[], options: Options): Promise<number> {
  return await lookingAfter(options, async (with_) => {
    const { by, keys } = with_;
    const revoked = await keys.revoke(by, await tenantOfKey(with_, id), id);
    if (options["json"] === true) {
      await print(jsonLine({ id, revoked }));
      return revoked ? 0 : 1;
    }
    if (!revoked) throw nothing(id);
    say("ok", `key ${id} is taken back; within a second no gate takes it`);
    sayWho(by);
    return 0;
  });
}

/** `portcullis keys replace ID`. */
export async function replace([id = ""]: readonly string[], options: Options): Promise<number> {
  const grace_ms = (options["grace"] as number | undefined) ?? GRACE_MS;
  if (grace_ms > MAX_GRACE_MS) throw new Failure(2, "--grace is more than thirty days", "for example 24h");
  return await lookingAfter(options, async (with_) => {
    const { by, keys } = with_;
    const made = await keys.replace(by, await tenantOfKey(with_, id), id, grace_ms);
    if (made === undefined) throw nothing(id);
    if (options["json"] !== true)
      say("ok", `key ${id} is good until ${localTime(Date.now() + grace_ms, Date.now())}; in its place:`);
    return await show(made, options);
  });
}
