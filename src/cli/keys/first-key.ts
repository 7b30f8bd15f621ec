import type { Config } from "../../config/config.ts";
import { shown } from "../../config/paths.ts";
import type { Store } from "../../store/store.ts";
import { invoked } from "../invoked.ts";
import { say, tell } from "../say.ts";

/** A gate that takes keys alone lets nobody in before there is one: whoever starts it is told how to make the first. */
export async function sayFirstKey({ auth, file }: Config, { credentials }: Store): Promise<void> {
  if (auth.mode === "none" || !auth.api_keys || auth.issuers.length > 0 || auth.mtls !== undefined) return;
  const known = await credentials.list(undefined).catch(() => undefined);
  if (known === undefined || known.length > 0) return;
  say("warn", "nobody can get in yet: there is no key");
  tell(`     fix: ${invoked()} keys bootstrap${file === undefined ? "" : ` --config ${shown(file)}`}`);
}
