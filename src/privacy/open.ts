import type { Config } from "../config/config.ts";
import { once } from "../store/once.ts";
import { openStore } from "../store/open.ts";
import { sealedStore } from "../store/sealed/sealed.ts";
import type { Sealer } from "../store/sealed/sealer.ts";
import type { Store } from "../store/store.ts";
import type { Root } from "./root.ts";

/** What of a configuration records are opened by. */
export type RecordsConfig = Pick<Config, "store" | "keys" | "outbound">;

/** What wraps the keys of the records; undefined where records are in clear. `mayMake`: whether a key file is made. */
export async function openRoot(
  { keys, outbound }: Pick<RecordsConfig, "keys" | "outbound">,
  mayMake = true,
): Promise<Root | undefined> {
  switch (keys.kind) {
    case "none":
      return undefined;
    case "file":
      return (await import("./key-file.ts")).fileRoot(keys.path, mayMake);
    case "secret": {
      const { localRoot } = await import("./keyring.ts");
      return localRoot("the keys of the configuration", () =>
        keys.keys.map((key) => ({ bytes: Buffer.from(key, "base64url"), at: undefined })),
      );
    }
    case "vault": {
      const { openOutbound } = await import("../outbound/outbound.ts");
      // Whoever wrote the address has said that it may be reached.
      const out = openOutbound([...outbound.allow, new URL(keys.url).hostname]);
      return (await import("./vault.ts")).vaultRoot(keys, out);
    }
    case "kms": {
      const { openOutbound } = await import("../outbound/outbound.ts");
      const out = openOutbound([...outbound.allow, new URL(keys.url).hostname]);
      return (await import("./kms.ts")).kmsRoot(keys, out);
    }
  }
}

/** A store, and what its records are sealed with. */
export interface Kept {
  readonly store: Store;
  readonly sealer: Sealer;
  readonly root: () => Promise<Root>;
  readonly address: Config["store"];
}

/**
 * The store of a configuration, with what is personal in it sealed, where there is a key to seal it with. Nothing of that is loaded, and no key
 * made, before something is written or read. Rejects as `openStore` does.
 */
export async function openRecords(config: RecordsConfig): Promise<Store> {
  const store = await openStore(config.store);
  return config.keys.kind === "none" ? store : kept(store, config).store;
}

/** The same for who works on keys; undefined where there are none. */
export async function openKept(config: RecordsConfig): Promise<Kept | undefined> {
  if (config.keys.kind === "none") return undefined;
  return kept(await openStore(config.store), config);
}

/** A sealer that is loaded with the first record that is sealed or opened; from then on who is known is given at once. */
function sealerLater(load: () => Promise<Sealer>): Sealer {
  let loaded: Sealer | undefined;
  const ready = once(async () => (loaded = await load()));
  return {
    of: (tenant, name) => loaded?.of(tenant, name) ?? ready().then((sealer) => sealer.of(tenant, name)),
    find: async (tenant, name) => await (await ready()).find(tenant, name),
    by: async (tenant, ids) => await (await ready()).by(tenant, ids),
    close: async () => await loaded?.close(),
  };
}

function kept(store: Store, config: RecordsConfig): Kept {
  const root = once(async () => {
    const opened = await openRoot(config);
    if (opened === undefined) throw new Error("there is no key to seal with");
    return opened;
  });
  const sealer = sealerLater(async () => {
    const { keeper } = await import("./keeper.ts");
    return keeper({ keys: store.subjects, root });
  });
  return { store: sealedStore(store, sealer), sealer, root, address: config.store };
}
