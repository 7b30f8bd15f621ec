import type { Config } from "../../config/config.ts";
import { say, tell } from "../say.ts";

/** What mends a store whose records are in clear. */
export const SEAL_FIX =
  "write `keys:` with a secret that all gates of the store share; `openssl rand -base64 32` makes one (docs/PRIVACY.md)";

/** Records of a gate on PostgreSQL are sealed once somebody says by what: whoever starts it is told. */
export function sayInClear({ keys }: Pick<Config, "keys">): void {
  if (keys.kind !== "none") return;
  say("warn", "what records say of people is in clear: PostgreSQL has no key of its own");
  tell(`     fix: ${SEAL_FIX}`);
}
