import { isRole, ROLES } from "../call/permission.ts";
import type { Principal } from "../call/principal.ts";
import { findConfig, loadConfig, loadTenants } from "../config/load.ts";
import { CREDENTIAL } from "../config/told.ts";
import { Problems } from "../document/problem.ts";
import { Ungranted } from "../identity/granting.ts";
import { type KeyDesk, keyDesk } from "../identity/key-desk.ts";
import { localAccount } from "../identity/local.ts";
import { type PeopleDesk, peopleDesk } from "../identity/people-desk.ts";
import { openRecords } from "../privacy/open.ts";
import type { Store } from "../store/store.ts";
import { directoryOf } from "../tenancy/directory.ts";
import { configured } from "./configured.ts";
import { holderHere, keyInEnvironment } from "./credential.ts";
import { Failure } from "./failure.ts";
import { say, tell } from "./say.ts";

type Options = Readonly<Record<string, unknown>>;

/** Who looks after keys and people from here, and with what. */
export interface LookingAfter {
  readonly by: Principal;
  readonly keys: KeyDesk;
  readonly people: PeopleDesk;
  readonly store: Store;
  /** Whether anybody can be of that tenant, now or once it is resumed. */
  readonly isTenant: (id: string) => boolean;
}

const CHARS = 256;
const ENTRIES = 100;

/** Whoever shows who they are. A configuration that cannot be read keeps nobody who shows nothing from mending it. */
async function holderOf(file: string, { config }: Options): Promise<Principal | undefined> {
  const named = { ...(config !== undefined && { config }) };
  if (keyInEnvironment() !== undefined) return await holderHere(configured(file), named);
  try {
    return await holderHere(loadConfig({ file }).config, named);
  } catch (error) {
    if (error instanceof Problems) return undefined;
    throw error;
  }
}

/**
 * Works on the keys and people of a configuration's gates, in their store. It is done by whoever's API key the environment
 * holds, or who is signed in; else by the local account, which has the store's file or its password and may do everything, and so it is said.
 */
export async function lookingAfter<T>(
  options: Options,
  work: (with_: LookingAfter) => Promise<T>,
): Promise<T> {
  const file = findConfig(options["config"] as string | undefined);
  if (file === undefined)
    throw new Failure(
      2,
      "no gate to look after keys and people of: there is no portcullis.yaml here",
      "name a configuration with --config",
    );
  const holder = await holderOf(file, options);
  const config = loadTenants({ file });
  const store = await openRecords(config);
  const { people, credentials } = store;
  const actsOf = (tenant: string) => store.forTenant(tenant).acts;
  const parts = { people, credentials, actsOf, now: Date.now };
  try {
    const directory = directoryOf(config.tenants, await store.tenants.list());
    return await work({
      by: holder ?? localAccount(),
      keys: keyDesk(parts),
      people: peopleDesk(parts),
      store,
      isTenant(id) {
        const state = directory.get(id)?.state;
        return state === undefined ? !config.tenants.enabled : state !== "deleting" && state !== "deleted";
      },
    });
  } catch (error) {
    if (!(error instanceof Ungranted)) throw error;
    throw new Failure(
      1,
      error.message,
      holder === undefined
        ? undefined
        : `ask who has it, or unset ${CREDENTIAL} and \`portcullis logout\` to act as who runs this machine`,
    );
  } finally {
    await store.close();
  }
}

/** Says in whose name it was done, where that is nobody's credential. */
export function sayWho({ source, id }: Principal): void {
  if (source === "local-account") tell(`Done as ${id}, who runs this machine and may do everything.`);
}

export function textOf(flag: string, text: string): string {
  // oxlint-disable-next-line no-control-regex -- control characters are what must not be there
  if (text !== "" && text.length <= CHARS && !/[\u0000-\u001f\u007f-\u009f]/.test(text)) return text;
  throw new Failure(2, `--${flag} is empty, longer than ${CHARS} characters, or holds control characters`);
}

export function textsOf(options: Options, flag: string): readonly string[] {
  const texts = (options[flag] as readonly string[] | undefined) ?? [];
  if (texts.length > ENTRIES) throw new Failure(2, `--${flag} is given more than ${ENTRIES} times`);
  return texts.map((text) => textOf(flag, text));
}

/** Of whose tenant; the own one of who asks, where nobody says. */
export function tenantOf(options: Options, by: Principal): string {
  const tenant = (options["tenant"] as string | undefined) ?? by.tenant;
  if (/^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/.test(tenant)) return tenant;
  throw new Failure(2, "--tenant is up to 64 letters, digits, `.`, `_` and `-`");
}

/** Of whose tenant something new is. Failure 1 where nobody of it will ever be let in. */
export function newIn(options: Options, { by, isTenant }: LookingAfter): string {
  const tenant = tenantOf(options, by);
  if (isTenant(tenant)) return tenant;
  throw new Failure(1, `there is no tenant ${tenant}`, "portcullis tenants list shows them");
}

/** A role that is almost one of the gate's own is probably a slip of the finger. */
export function noteRoles(roles: readonly string[]): void {
  const own = Object.keys(ROLES);
  for (const role of roles) {
    const plain = role.toLowerCase().replaceAll(/[- ]/g, "_");
    if (!isRole(role) && isRole(plain))
      say("warn", `the role ${role} means something to policy only; the gate's own is ${plain}`);
  }
  if (roles.some((role) => !isRole(role)))
    tell(`Roles of the gate itself are ${own.join(", ")}; every other means something to policy only.`);
}
