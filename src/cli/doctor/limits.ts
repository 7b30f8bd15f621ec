import type { Config } from "../../config/config.ts";
import type { Finding } from "./finding.ts";

const FIX =
  "see whether Redis runs there and keeps what it has, and whether the address in `cluster:` is right";

/** Where gates count their limits together; where that is the store, nothing more is to be said. */
export async function limits({ cluster }: Config): Promise<readonly Finding[]> {
  if (cluster === undefined) return [];
  const { troubleWith } = await import("../../cluster/redis.ts");
  const trouble = await troubleWith(cluster.url);
  return [
    trouble === undefined
      ? { level: "ok", check: "limits", message: "Redis counts them" }
      : { level: "fail", check: "limits", message: trouble, fix: FIX },
  ];
}
