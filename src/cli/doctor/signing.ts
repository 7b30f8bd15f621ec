import { logKeyThere } from "../../audit/log/own-key.ts";
import type { Config } from "../../config/config.ts";
import type { Finding } from "./finding.ts";

const KEY_FIX = "log.key: ${PORTCULLIS_LOG_KEY}, made with openssl genpkey -algorithm ed25519";

/** The key that the log over the record is signed with: only what is wrong with it. A file that is not there yet is made when it is needed. */
export function signing(config: Pick<Config, "log" | "store">): readonly Finding[] {
  const check = "log";
  try {
    const there = logKeyThere(config) !== undefined;
    if (there || config.store.kind === "sqlite") return [];
    return [{ level: "warn", check, message: "the log over the record is not signed", fix: KEY_FIX }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ level: "fail", check, message, fix: "portcullis audit verify, once that is mended" }];
  }
}
