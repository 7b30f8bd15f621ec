import { Fault } from "../call/fault.ts";
import type { Principal } from "../call/principal.ts";
import type { RequiredAuth } from "../config/auth.ts";
import type { Config } from "../config/config.ts";
import { lookUp } from "../config/references.ts";
import { CREDENTIAL } from "../config/told.ts";
import { becoming } from "../identity/directory.ts";
import { principalOfKey } from "../identity/keyring.ts";
import { Refused } from "../identity/refused.ts";
import { Failure } from "./failure.ts";
import { gateOf } from "./gate-meant.ts";
import { withJournal } from "./records/records.ts";

type Options = Readonly<Record<string, unknown>>;

/** Keys that are confined to networks see who types as what they are: on this machine. */
const HERE = "127.0.0.1";

/** The API key in the environment; undefined where there is none. Failure 2 where its file cannot be read. */
export function keyInEnvironment(): string | undefined {
  try {
    const key = lookUp(CREDENTIAL, process.env);
    return key === "" ? undefined : key;
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(2, `${CREDENTIAL}_FILE cannot be read: ${why}`, "name a file that holds your API key");
  }
}

const nothing = (): Failure =>
  new Failure(
    2,
    "this gate authenticates people, and nobody is signed in here, nor is there a key in the environment",
    `\`portcullis login\`, or set ${CREDENTIAL} (${CREDENTIAL}_FILE: a file that holds it); \`portcullis keys create\` makes one`,
  );

/** Whose login this user has for the gate of a configuration, judged as the gate judges its token; undefined where there is none. */
async function signedIn(
  config: Config,
  auth: RequiredAuth,
  options: Options,
): Promise<Principal | undefined> {
  const gate = auth.issuers.length > 0 ? gateOf(config) : undefined;
  if (gate === undefined) return undefined;
  const { freshLogin } = await import("./people/login.ts");
  const login = await freshLogin(gate);
  if (login === undefined) return undefined;
  const { verifier } = await import("../identity/verify.ts");
  const { openOutbound } = await import("../outbound/outbound.ts");
  const out = openOutbound(config.outbound.allow);
  try {
    const verified = await verifier(auth, out.fetch, Date.now).verify(
      login.access_token,
      `${gate}/governance`,
      Date.now(),
    );
    if (auth.dpop === "required")
      throw new Failure(
        1,
        "this gate takes only what is bound to a key, and a login is not",
        "use an API key",
      );
    if (verified.key !== undefined || verified.certificate !== undefined)
      throw new Failure(1, "how you are signed in is bound to a key that is not here", "portcullis login");
    const { principal } = verified;
    return await withJournal(options, async (_, { people }) =>
      becoming(principal, await people.get(principal.tenant, principal.id)),
    );
  } catch (error) {
    if (error instanceof Refused)
      throw new Failure(
        1,
        `this gate does not take how you are signed in: ${error.message}`,
        "portcullis login",
      );
    if (error instanceof Fault) throw new Failure(3, error.detail ?? error.message);
    throw error;
  } finally {
    await out.close();
  }
}

/** Whose key the environment holds. */
async function ofKey(auth: RequiredAuth, key: string, options: Options): Promise<Principal> {
  if (!auth.api_keys)
    throw new Failure(
      2,
      "this gate takes no API keys",
      "portcullis login, or write `api_keys: true` under `auth:`",
    );
  const { implies } = auth;
  return await withJournal(options, (_, { credentials, people }) =>
    principalOfKey(key, HERE, { credentials, people, implies, now: Date.now }),
  ).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    throw new Failure(1, `${CREDENTIAL} is refused: ${error.message}`, "portcullis keys list");
  });
}

/**
 * Who uses the command line: whoever's API key the environment holds, else whoever is signed in (`portcullis login`), as a gate
 * of this store finds them. Undefined where neither is there, or nobody has to show who they are.
 */
export async function holderHere(config: Config, options: Options): Promise<Principal | undefined> {
  const { auth } = config;
  if (auth.mode === "none") return undefined;
  const key = keyInEnvironment();
  return key === undefined ? await signedIn(config, auth, options) : await ofKey(auth, key, options);
}

/**
 * Who uses the command line; undefined where nobody has to show who they are. What the options `named` and `tenant` say of
 * them must be so. Failure 1 where what they show is refused, 2 where they show nothing.
 */
export async function keyHolder(
  config: Config,
  options: Options,
  named: "approver" | "principal",
): Promise<Principal | undefined> {
  if (config.auth.mode === "none") return undefined;
  const principal = await holderHere(config, options);
  if (principal === undefined) throw nothing();
  const { id, tenant } = principal;
  if (options[named] !== undefined && options[named] !== id)
    throw new Failure(2, `you are ${id} here, and nobody acts in another's name`, `leave out --${named}`);
  if (options["tenant"] !== undefined && options["tenant"] !== tenant)
    throw new Failure(2, `you are of tenant ${tenant} here`, "leave out --tenant");
  return principal;
}
