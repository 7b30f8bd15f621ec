import { UNGUARDED } from "../call/guard.ts";
import {
  type Config,
  DEFAULT_LIMITS,
  DEFAULT_LOG,
  NO_ANCHORS,
  NO_NOTIFICATIONS,
  NO_TENANTS,
} from "./config.ts";
import { bringsKey, ownKeys } from "./keys.ts";
import { stateStore } from "./paths.ts";
import type { Environment } from "./references.ts";
import { isNoSetting } from "./told.ts";

/**
 * What `wrap` runs with where nobody configured anything: it observes, and records in the user's state folder. The same
 * as `loadConfig` makes of no file, without the readers of files and schemas, which would cost a client its patience.
 * Undefined where a `PORTCULLIS_…` variable says something.
 */
export function bareConfig(env: Environment = process.env): Config | undefined {
  if (Object.keys(env).some((name) => name.startsWith("PORTCULLIS_") && !isNoSetting(name))) return undefined;
  if (bringsKey(env)) return undefined;
  const store = stateStore(env);
  return {
    file: undefined,
    preset: "development",
    mode: "observe",
    listen: [{ host: "127.0.0.1", port: 8090 }],
    auth: { mode: "none" },
    tls: undefined,
    tenants: NO_TENANTS,
    store,
    keys: ownKeys(store),
    policy: [],
    policy_from: { kind: "files" },
    voters: [],
    servers: [],
    guarding: UNGUARDED,
    plugins: [],
    public_url: undefined,
    secret: undefined,
    notifications: NO_NOTIFICATIONS,
    outbound: { allow: [] },
    sinks: [],
    audit: { detail: "full" },
    log: DEFAULT_LOG,
    anchors: NO_ANCHORS,
    limits: DEFAULT_LIMITS,
    allowed_origins: [],
    allowed_hosts: [],
  };
}
