import type { KeyObject } from "node:crypto";
import { createPublicKey } from "node:crypto";
import type { Config } from "../../config/config.ts";
import { type LogTables, openLog } from "../../store/log.ts";
import { once } from "../../store/once.ts";
import { logKey } from "./own-key.ts";

/** What proofs are made from while a gate runs. Opened with the first use. */
export interface Evidence {
  readonly tables: () => Promise<LogTables>;
  /** The public key of the log; undefined where there is none. */
  readonly key: () => KeyObject | undefined;
  readonly close: () => Promise<void>;
}

export function openEvidence(config: Pick<Config, "store" | "log">): Evidence {
  let opened: LogTables | undefined;
  const tables = once(async () => (opened = await openLog(config.store)));
  return {
    tables,
    key() {
      const own = logKey(config);
      return own === undefined ? undefined : createPublicKey(own.key);
    },
    close: async () => await opened?.close(),
  };
}
