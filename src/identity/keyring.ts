import type { Maker, Principal } from "../call/principal.ts";
import { hoursOf, isWithin } from "../policy/hours.ts";
import type { ApiKey, Credentials } from "../store/people/credentials.ts";
import type { People } from "../store/people/people.ts";
import type { Changes } from "./changes.ts";
import { included } from "./demands.ts";
import { becoming } from "./directory.ts";
import { unavailable } from "./fetched.ts";
import { bytesOf, idIn, idOf, isKept, isKeyId } from "./key.ts";
import { makersOf } from "./makers.ts";
import { within } from "./network.ts";
import { Refused } from "./refused.ts";

/** The API keys of a store, as one gate knows them. */
export interface Keyring {
  /** Whose a key is. Throws or rejects with Refused, or Fault `identity-unavailable` where the store cannot be asked. */
  find(text: string, address: string): Principal | Promise<Principal>;
  /** Whether a key was found so lately that nothing need be asked. */
  knows(text: string): boolean;
  /** Tells of keys among `open` that are taken back or expired, within a second. */
  follow(open: () => Iterable<string>, end: (id: string) => void): void;
}

interface Held {
  readonly key: ApiKey;
  readonly digest: Buffer;
  readonly principal: Principal;
  readonly isUsable: (address: string, at: number) => boolean;
  noted_at: number;
}

export interface KeyringParts {
  readonly credentials: Credentials;
  readonly implies: Readonly<Record<string, readonly string[]>>;
  /** Wall clock, ms. */
  readonly now: () => number;
  readonly changes: Changes;
}

const HELD = 10_000;
const NOTE_MS = 60_000;

function held(key: ApiKey, implies: KeyringParts["implies"], made_by: readonly Maker[]): Held {
  const { id, tenant, principal, roles, scopes, servers, tools, networks, hours, account } = key;
  const read = hours === undefined ? undefined : hoursOf(hours);
  const isNear = networks.length === 0 ? () => true : within(networks);
  // A key that is confined in any way says so, because it gives nothing to others (granting.ts).
  const confined = servers.length > 0 || tools.length > 0 || networks.length > 0 || hours !== undefined;
  return {
    key,
    digest: bytesOf(key.digest),
    principal: Object.freeze({
      id: principal,
      tenant,
      roles: Object.freeze(roles),
      scopes: Object.freeze(included(scopes, implies)),
      source: key.kind === "bootstrap" ? "bootstrap" : "api-key",
      credential: id,
      ...(made_by.length > 0 && { made_by }),
      ...(account === true && { account }),
      ...(confined && { reach: Object.freeze({ servers, tools }) }),
    }),
    isUsable: (address, at) =>
      isNear(address) && (read === undefined || (!("message" in read) && isWithin(read, at))),
    noted_at: key.used_at ?? 0,
  };
}

const isOver = ({ revoked_at, expires_at }: ApiKey, at: number): boolean =>
  revoked_at !== null || expires_at <= at;

/** Whose a key is that was found; throws Refused where it is not that key, or may not be used. */
function checked(
  found: Held | undefined,
  text: string,
  address: string,
  { credentials, now }: Pick<KeyringParts, "credentials" | "now">,
): Principal {
  const at = now();
  if (found === undefined) throw new Refused("invalid_token", "a key that nobody knows");
  const { key, digest, principal } = found;
  const wrong = (why: string): Refused => new Refused("invalid_token", `key ${key.id} ${why}`);
  if (!isKept(text, digest)) throw wrong("with another secret");
  if (isOver(key, at)) throw wrong("was taken back or has expired");
  if (!found.isUsable(address, at)) throw wrong("may not be used from here, or at this hour");
  if (at - found.noted_at >= NOTE_MS) {
    found.noted_at = at;
    void credentials.used(key.id, at).catch(() => undefined);
  }
  return principal;
}

/** Whose a key is, asked of the store this once. Rejects with Refused, or as the store does. */
export async function principalOfKey(
  text: string,
  address: string,
  parts: Pick<KeyringParts, "credentials" | "implies" | "now"> & { readonly people: Pick<People, "get"> },
): Promise<Principal> {
  const id = idIn(text);
  if (id === undefined) throw new Refused("invalid_token", "it is no key, or was mistyped");
  const key = await parts.credentials.get(id);
  const makers = key && (await makersOf(key, parts.credentials));
  const principal = checked(key && held(key, parts.implies, makers ?? []), text, address, parts);
  return becoming(principal, await parts.people.get(principal.tenant, principal.id));
}

export function keyring(parts: KeyringParts): Keyring {
  const { credentials, implies, now, changes } = parts;
  const known = new Map<string, Held>();
  let open: () => Iterable<string> = () => [];
  let end: (id: string) => void = () => undefined;

  async function ask(id: string): Promise<Held | undefined> {
    const before = changes.seen();
    const gone = (error: unknown): never => {
      throw unavailable("the keys of the store", error);
    };
    const key = await credentials.get(id).catch(gone);
    if (key === undefined) return undefined;
    const found = held(key, implies, await makersOf(key, credentials).catch(gone));
    // What was read while keys changed may be of before.
    if (before === changes.seen()) known.set(id, found);
    const [oldest] = known.keys();
    if (known.size > HELD && oldest !== undefined) known.delete(oldest);
    return found;
  }

  changes.each(async (changed) => {
    if (changed) known.clear();
    for (const id of open()) {
      // Sessions and principals are others' business.
      if (!isKeyId(id)) continue;
      const found = known.get(id) ?? (await ask(id));
      if (found === undefined || isOver(found.key, now())) end(id);
    }
  });
  const fresh = (id: string): Held | undefined => (changes.isFresh() ? known.get(id) : undefined);

  return {
    find(text, address) {
      const id = idOf(text);
      const found = id === undefined ? undefined : fresh(id);
      if (found !== undefined) return checked(found, text, address, parts);
      // The store is not asked for what was mistyped or made up.
      if (id === undefined || idIn(text) === undefined) throw new Refused("invalid_token", "no key");
      return ask(id).then((asked) => checked(asked, text, address, parts));
    },
    knows(text) {
      const id = idOf(text);
      return id !== undefined && fresh(id) !== undefined;
    },
    follow(those, ending) {
      open = those;
      end = ending;
    },
  };
}
