import type { Principal } from "../call/principal.ts";
import type { Config } from "../config/config.ts";
import { lookUp } from "../config/references.ts";
import { CREDENTIAL } from "../config/told.ts";
import { principalOfKey } from "../identity/keyring.ts";
import { Refused } from "../identity/refused.ts";
import { Failure } from "./failure.ts";
import { withJournal } from "./records.ts";

type Options = Readonly<Record<string, unknown>>;

/** Keys that are confined to networks see who types as what they are: on this machine. */
const HERE = "127.0.0.1";

function keyGiven(): string {
  let key: string | undefined;
  try {
    key = lookUp(CREDENTIAL, process.env);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(2, `${CREDENTIAL}_FILE cannot be read: ${why}`, "name a file that holds your API key");
  }
  if (key !== undefined && key !== "") return key;
  throw new Failure(
    2,
    "this gate authenticates people, and there is no key in the environment",
    `set ${CREDENTIAL}, or ${CREDENTIAL}_FILE to a file that holds it; \`portcullis keys create\` makes one`,
  );
}

/**
 * Whose API key the environment holds, as a gate of this store finds it; undefined where nobody has to show who they are.
 * What the options `named` and `tenant` say of them must be so. Failure 1 where the key is refused, 2 where there is none.
 */
export async function keyHolder(
  { auth }: Config,
  options: Options,
  named: "approver" | "principal",
): Promise<Principal | undefined> {
  if (auth.mode === "none") return undefined;
  if (!auth.api_keys)
    throw new Failure(
      2,
      "this gate takes no API keys, and the command line can show nothing else",
      "write `api_keys: true` under `auth:`, or ask the API under /governance/v1 with your token",
    );
  const { implies } = auth;
  const key = keyGiven();
  const principal = await withJournal(options, (_, { credentials, people }) =>
    principalOfKey(key, HERE, { credentials, people, implies, now: Date.now }),
  ).catch((error: unknown) => {
    if (!(error instanceof Refused)) throw error;
    throw new Failure(1, `${CREDENTIAL} is refused: ${error.message}`, "portcullis keys list");
  });
  const { id, tenant } = principal;
  if (options[named] !== undefined && options[named] !== id)
    throw new Failure(2, `the key is ${id}'s, and nobody acts in another's name`, `leave out --${named}`);
  if (options["tenant"] !== undefined && options["tenant"] !== tenant)
    throw new Failure(2, `the key is of tenant ${tenant}`, "leave out --tenant");
  return principal;
}
