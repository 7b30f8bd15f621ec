import { accountOf, type Keychain, type Opened } from "../clients/keychain.ts";
import type { StdioServer } from "../config/config.ts";
import { Failure } from "./failure.ts";

async function secretOf(keychain: Keychain, account: string): Promise<string> {
  let value: string | undefined;
  try {
    value = await keychain.get(account);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new Failure(
      3,
      `the keychain does not give keychain:portcullis/${account}: ${why}`,
      "unlock it, and start the client again",
    );
  }
  if (value !== undefined) return value;
  throw new Failure(
    3,
    `the keychain has no keychain:portcullis/${account}`,
    "write the value itself in the client's configuration, then: portcullis wrap --all --move-secrets",
  );
}

/**
 * A server with the secrets that its environment and arguments name as `keychain:portcullis/…`. The keychain is opened
 * where something names it, and only then. Failure 3 where it cannot be opened, or has no such secret.
 */
export async function withKeychain(server: StdioServer, open: () => Promise<Opened>): Promise<StdioServer> {
  const { args, env } = server;
  const named = [...args, ...Object.values(env)].flatMap((text) => accountOf(text) ?? []);
  if (named.length === 0) return server;
  const opened = await open();
  if (opened.kind === "none")
    throw new Failure(
      3,
      `${server.name} needs the system keychain, and none answers: ${opened.why}`,
      "start the client in a session that has a keychain",
    );
  const values = new Map<string, string>();
  for (const account of new Set(named)) values.set(account, await secretOf(opened.keychain, account));
  const put = (text: string): string => values.get(accountOf(text) ?? "") ?? text;
  return {
    ...server,
    args: args.map(put),
    env: Object.fromEntries(Object.entries(env).map(([name, value]) => [name, put(value)])),
    secrets: [...server.secrets, ...values.values()],
  };
}
