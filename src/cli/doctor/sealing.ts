import type { Config } from "../../config/config.ts";
import { openRoot } from "../../privacy/open.ts";
import { SEAL_FIX } from "../keys/in-clear.ts";
import type { Finding } from "./finding.ts";

/** The key that records are sealed with: only what is wrong with it. A file that is not there yet is made when it is needed. */
export async function sealing(config: Pick<Config, "keys" | "outbound">): Promise<readonly Finding[]> {
  const check = "keys";
  try {
    const root = await openRoot(config, false);
    await root?.keys();
    if (root !== undefined) return [];
    return [{ level: "warn", check, message: "what records say of people is in clear", fix: SEAL_FIX }];
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return [{ level: "fail", check, message, fix: "portcullis keys inventory, once that is mended" }];
  }
}
