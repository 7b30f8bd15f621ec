import type { Config } from "../config/config.ts";
import { JournalUnavailable } from "../store/unavailable.ts";
import type { Follower } from "./follow.ts";
import type { Setting } from "./setting.ts";

/** What a gate's policy is read with, and where it comes from; `own` is absent with `policy: store`. */
export type Follows = Pick<Setting, "options" | "own">;

/** Follows what is applied in the store; undefined where nothing is followed, or, in `observe`, nothing can be read. */
export async function openFollower(
  { mode }: Pick<Config, "mode">,
  follows: Follows | undefined,
  ports: Pick<Setting, "policies" | "log" | "now">,
): Promise<Follower | undefined> {
  if (follows === undefined) return undefined;
  const { follow } = await import("./follow.ts");
  try {
    return await follow({ ...follows, ...ports });
  } catch (error) {
    if (mode === "enforce" || !(error instanceof JournalUnavailable)) throw error;
    return undefined;
  }
}
