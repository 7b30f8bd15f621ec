import { userInfo } from "node:os";
import ipaddr from "ipaddr.js";
import { findConfig, loadRecords } from "../config/load.ts";
import { mint } from "../identity/key.ts";
import { hoursOf } from "../policy/hours.ts";
import type { ApiKey, Credentials, KeyBounds, KeyHours } from "../store/credentials.ts";
import { openRecords } from "../privacy/open.ts";
import { Failure } from "./failure.ts";
import { jsonLine, print } from "./out.ts";
import { say, tell } from "./say.ts";
import { localTime } from "./times.ts";

type Options = Readonly<Record<string, unknown>>;

const DAY_MS = 24 * 3_600_000;
const EXPIRES_MS = 90 * DAY_MS;
const MOST_MS = 3660 * DAY_MS;
const BOOTSTRAP_MS = DAY_MS;
const CHARS = 256;
const ENTRIES = 100;
const ADMIN = "admin";

/** Works on the keys of a configuration's gates, in their store. */
export async function withKeys<T>(options: Options, work: (keys: Credentials) => Promise<T>): Promise<T> {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined)
    throw new Failure(
      2,
      "no gate to make keys for: there is no portcullis.yaml here",
      "name a configuration with --config",
    );
  const store = await openRecords(loadRecords({ file }));
  try {
    return await work(store.credentials);
  } finally {
    await store.close();
  }
}

function textOf(flag: string, text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  if (text !== "" && text.length <= CHARS && !/[\u0000-\u001f\u007f-\u009f]/.test(text)) return text;
  throw new Failure(2, `--${flag} is empty, longer than ${CHARS} characters, or holds control characters`);
}

function textsOf(options: Options, flag: string): readonly string[] {
  const texts = (options[flag] as readonly string[] | undefined) ?? [];
  if (texts.length > ENTRIES) throw new Failure(2, `--${flag} is given more than ${ENTRIES} times`);
  return texts.map((text) => textOf(flag, text));
}

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

/** An IPv4 address has all its four parts: `10.0.0` is a range to its reader, and 10.0.0.0 to a parser. */
function isNetwork(text: string): boolean {
  const [address = ""] = text.split("/");
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return address === text || ipaddr.isValidCIDR(text);
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

/** Keeps a new key and shows it, this once. */
async function give(
  keys: Credentials,
  made: Omit<ApiKey, "id" | "digest" | "made_at" | "made_by" | "revoked_at" | "revoked_by" | "used_at">,
  options: Options,
): Promise<number> {
  const { text, ...own } = mint(made.kind);
  const now = Date.now();
  await keys.add({
    ...made,
    ...own,
    made_at: now,
    made_by: userInfo().username,
    revoked_at: null,
    revoked_by: null,
    used_at: null,
  });
  if (options["json"] === true) {
    const { principal, tenant, expires_at } = made;
    await print(
      jsonLine({ id: own.id, key: text, principal, tenant, expires_at: new Date(expires_at).toISOString() }),
    );
    return 0;
  }
  say("ok", `key ${own.id} for ${made.principal}, until ${localTime(made.expires_at, now)}`);
  await print(text);
  tell("It is not shown again. Clients send it as `Authorization: Bearer …`.");
  return 0;
}

/** `portcullis keys create`. */
export async function create(_: readonly string[], options: Options): Promise<number> {
  const lasts_ms = (options["expires"] as number | undefined) ?? EXPIRES_MS;
  if (lasts_ms <= 0) throw new Failure(2, "--expires is no time at all", "for example 90d");
  if (lasts_ms > MOST_MS) throw new Failure(2, "--expires is more than ten years", "for example 90d");
  const principal = textOf("principal", given(options, "principal") ?? "");
  const name = options["name"] === undefined ? "" : textOf("name", given(options, "name") ?? "");
  const tenant = (options["tenant"] as string | undefined) ?? "default";
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(tenant))
    throw new Failure(2, "--tenant is up to 64 letters, digits, `.`, `_` and `-`");
  const confined = bounds(options);
  const expires_at = Date.now() + lasts_ms;
  return await withKeys(options, (keys) =>
    give(keys, { kind: "live", principal, name, tenant, expires_at, ...confined }, options),
  );
}

/** `portcullis keys bootstrap`: once there is an administrator, another is made by one. */
export async function bootstrap(_: readonly string[], options: Options): Promise<number> {
  return await withKeys(options, async (keys) => {
    const now = Date.now();
    const first = (await keys.list(undefined)).find(
      ({ roles, revoked_at, expires_at }) => roles.includes(ADMIN) && revoked_at === null && expires_at > now,
    );
    if (first !== undefined)
      throw new Failure(
        1,
        `key ${first.id} has the role ${ADMIN} already`,
        `use it, or take it back first: portcullis keys revoke ${first.id}`,
      );
    const nothing = { scopes: [], servers: [], tools: [], networks: [] };
    const made = { kind: "bootstrap", principal: ADMIN, name: "bootstrap", tenant: "default" } as const;
    return await give(keys, { ...made, expires_at: now + BOOTSTRAP_MS, roles: [ADMIN], ...nothing }, options);
  });
}
