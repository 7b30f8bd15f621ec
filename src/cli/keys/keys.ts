import { isNetwork } from "../../config/network.ts";
import { LIFE_MS, MAX_LIFE_MS, type Made, type NewKey } from "../../identity/key-desk.ts";
import { hoursOf } from "../../policy/hours.ts";
import type { KeyBounds, KeyHours } from "../../store/people/credentials.ts";
import { Failure } from "../failure.ts";
import { word } from "../given.ts";
import { lookingAfter, newIn, noteRoles, sayWho, textOf, textsOf } from "../looking-after.ts";
import { jsonLine, print } from "../out.ts";
import { localTime } from "../records/times.ts";
import { say, tell } from "../say.ts";

type Options = Readonly<Record<string, unknown>>;

const BOOTSTRAP_MS = 24 * 3_600_000;
const ADMIN = "admin";

/** The text of an option that takes one. */
function given(options: Options, flag: string): string | undefined {
  return options[flag] as string | undefined;
}

function hours(options: Options): KeyHours | undefined {
  const [allow, days, timezone] = ["hours", "days", "timezone"].map((flag) => given(options, flag));
  if (allow === undefined && days === undefined && timezone === undefined) return undefined;
  const written: KeyHours = {
    allow: allow ?? "00:00-23:59",
    ...(days !== undefined && { days }),
    ...(timezone !== undefined && { timezone }),
  };
  const read = hoursOf(written);
  if ("message" in read)
    throw new Failure(2, `--${read.key === "allow" ? "hours" : read.key}: ${read.message}`, read.hint);
  return written;
}

function bounds(options: Options): KeyBounds {
  const networks = textsOf(options, "network");
  for (const text of networks)
    if (!isNetwork(text))
      throw new Failure(2, `--network ${text} is no address and no range`, "for example 10.0.0.0/8");
  const open = hours(options);
  return {
    roles: textsOf(options, "role"),
    scopes: textsOf(options, "scope"),
    servers: textsOf(options, "server"),
    tools: textsOf(options, "tool"),
    networks,
    ...(open !== undefined && { hours: open }),
  };
}

/** Shows a new key, this once. */
export async function show({ key, text }: Made, options: Options): Promise<number> {
  const { id, principal, tenant, expires_at } = key;
  const until = new Date(expires_at).toISOString();
  if (options["json"] === true) {
    await print(jsonLine({ id, key: text, principal, tenant, expires_at: until }));
    return 0;
  }
  say("ok", `key ${id} for ${principal}, until ${localTime(expires_at, Date.now())}`);
  await print(text);
  tell("It is not shown again. Clients send it as `Authorization: Bearer …`.");
  return 0;
}

/** Whose the key is, and what the account gives it, where it is a service account's. */
function holder(options: Options): Pick<NewKey, "principal" | "account"> {
  const [principal, account] = [given(options, "principal"), given(options, "serviceAccount")];
  if ((principal === undefined) === (account === undefined))
    throw new Failure(2, "keys create needs one of --principal and --service-account");
  if (account === undefined) return { principal: textOf("principal", principal ?? "") };
  if (options["role"] !== undefined)
    throw new Failure(2, "a key of a service account has the roles of the account", "leave out --role");
  return { principal: textOf("service-account", account), account: true };
}

/** `portcullis keys create`. */
export async function create(_: readonly string[], options: Options): Promise<number> {
  const lasts_ms = (options["expires"] as number | undefined) ?? LIFE_MS;
  if (lasts_ms <= 0) throw new Failure(2, "--expires is no time at all", "for example 90d");
  if (lasts_ms > MAX_LIFE_MS) throw new Failure(2, "--expires is more than ten years", "for example 90d");
  const whose = holder(options);
  const name = options["name"] === undefined ? "" : textOf("name", given(options, "name") ?? "");
  const confined = bounds(options);
  return await lookingAfter(options, async (with_) => {
    const { by, keys } = with_;
    const tenant = newIn(options, with_);
    const made = await keys.make(by, {
      ...whose,
      name,
      tenant,
      expires_at: Date.now() + lasts_ms,
      ...confined,
    });
    if (made === undefined)
      throw new Failure(
        1,
        `there is no service account ${whose.principal} in tenant ${tenant}`,
        `portcullis users add ${word(whose.principal)} --service-account`,
      );
    if (options["json"] !== true) noteRoles(confined.roles);
    const code = await show(made, options);
    if (options["json"] !== true) sayWho(by);
    return code;
  });
}

/** `portcullis keys bootstrap`: once there is an administrator, another is made by one. */
export async function bootstrap(_: readonly string[], options: Options): Promise<number> {
  return await lookingAfter(options, async ({ by, keys, store }) => {
    const now = Date.now();
    const first = (await store.credentials.list(undefined)).find(
      ({ roles, revoked_at, expires_at }) => roles.includes(ADMIN) && revoked_at === null && expires_at > now,
    );
    if (first !== undefined)
      throw new Failure(
        1,
        `key ${first.id} has the role ${ADMIN} already`,
        `use it, or take it back first: portcullis keys revoke ${first.id}`,
      );
    const nothing = { scopes: [], servers: [], tools: [], networks: [] };
    const of = { principal: ADMIN, name: "bootstrap", tenant: "default", roles: [ADMIN] };
    const made = await keys.make(by, { ...of, ...nothing, expires_at: now + BOOTSTRAP_MS }, "bootstrap");
    if (made === undefined) throw new Failure(1, "the key could not be made");
    return await show(made, options);
  });
}
