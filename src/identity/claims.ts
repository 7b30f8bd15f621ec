import type { JWTPayload } from "jose";
import { isObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";
import type { Issuer } from "../config/issuers.ts";
import { included } from "./demands.ts";
import { Refused } from "./refused.ts";

const ID_CHARS = 256;
const NAMES = 200;
const NAME_CHARS = 256;
/** Names that other proofs give: no token may have them. */
const RESERVED = /^(?:spiffe:\/\/|x509:|anonymous$)/;
const TENANT = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
// oxlint-disable-next-line no-control-regex -- control characters are what must not be there
const CONTROL = /[\u0000-\u001f\u007f-\u009f\u2028\u2029]/;

/** A claim by its name, or by the way to it: `realm_access.roles`. */
function claim(payload: JWTPayload, name: string): unknown {
  if (Object.hasOwn(payload, name)) return payload[name];
  let here: unknown = payload;
  for (const part of name.split("."))
    here = isObject(here) && Object.hasOwn(here, part) ? here[part] : undefined;
  return here;
}

/** Texts of a list, or of a text with blanks between. Anything else is refused: half of what it says might be a denial. */
function names(value: unknown, what: string): readonly string[] {
  const list: unknown = typeof value === "string" ? value.split(" ").filter((each) => each !== "") : value;
  if (list === undefined || list === null) return [];
  if (!Array.isArray(list) || list.length > NAMES) throw new Refused("invalid_token", `${what} is no list`);
  for (const each of list as readonly unknown[])
    if (typeof each !== "string" || each.length > NAME_CHARS || CONTROL.test(each))
      throw new Refused("invalid_token", `${what} holds what is no name`);
  return list as readonly string[];
}

function textOf(value: unknown, what: string): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (typeof value === "string" && value !== "" && value.length <= NAME_CHARS && !CONTROL.test(value))
    return value;
  throw new Refused("invalid_token", `${what} is no text`);
}

function idOf(payload: JWTPayload, { claims, prefix }: Issuer, reserved: RegExp): string {
  const value = claim(payload, claims.id);
  if (typeof value !== "string" || value === "" || value.length > ID_CHARS || CONTROL.test(value))
    throw new Refused("invalid_token", `claim ${claims.id} names nobody`);
  const id = `${prefix}${value}`;
  if (reserved.test(id)) throw new Refused("invalid_token", `claim ${claims.id} has a name of another proof`);
  return id;
}

function tenantOf(payload: JWTPayload, { claims, tenant }: Issuer): string {
  if (claims.tenant === undefined) return tenant;
  const value = claim(payload, claims.tenant);
  if (typeof value !== "string" || !TENANT.test(value))
    throw new Refused("invalid_token", `claim ${claims.tenant} names no tenant`);
  return value;
}

/** Who a verified token is of; nobody has a `reserved` name. Throws Refused where it does not say so as the configuration wants it. */
export function principalOf(
  payload: JWTPayload,
  issuer: Issuer,
  implies: Readonly<Record<string, readonly string[]>>,
  reserved = RESERVED,
): Principal {
  const { claims } = issuer;
  const scope = claims.scopes.find((name) => claim(payload, name) !== undefined);
  const amr = names(payload["amr"], "amr");
  const acr = textOf(payload["acr"], "acr");
  const auth_time = payload["auth_time"];
  return Object.freeze({
    id: idOf(payload, issuer, reserved),
    tenant: tenantOf(payload, issuer),
    roles: Object.freeze(names(claim(payload, claims.roles), claims.roles)),
    scopes: Object.freeze(included(scope === undefined ? [] : names(claim(payload, scope), scope), implies)),
    source: "token",
    ...(amr.length > 0 && { amr: Object.freeze(amr) }),
    ...(acr !== undefined && { acr }),
    ...(typeof auth_time === "number" && Number.isSafeInteger(auth_time) && { auth_at: auth_time * 1000 }),
  });
}
