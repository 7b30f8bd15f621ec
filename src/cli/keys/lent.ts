import type { Config } from "../../config/config.ts";
import { type Credentials, openCredentials } from "../../gateway/ways/credentials.ts";
import { openRecords } from "../../privacy/open.ts";
import type { Store } from "../../store/store.ts";

/** Does something with what the gates of a configuration show their servers. The store is opened where it keeps some of it. */
export async function withCredentials<T>(
  config: Config,
  work: (credentials: Credentials) => Promise<T>,
): Promise<T> {
  let store: Promise<Store> | undefined;
  const credentials = await openCredentials(config, {
    async secretOf(tenant, name) {
      store ??= openRecords(config);
      return (await store).forTenant(tenant).secrets.get(name);
    },
    now: Date.now,
    ticks: () => performance.now(),
  });
  try {
    return await work(credentials);
  } finally {
    await credentials.close();
    await (await store?.catch(() => undefined))?.close();
  }
}
