import type { Config } from "./config.ts";
import type { Reading } from "./build.ts";
import { expand } from "./references.ts";

const REDIS = /^rediss?:\/\/[^/?#]+(?:\/\d{0,5})?$/;

/** What replicas share. What is wrong is in the findings. */
export function buildCluster({ file, env, origin, findings }: Reading): Config["cluster"] {
  if (file.cluster === undefined) return undefined;
  const text = expand(file.cluster, ["cluster"], env, origin, findings);
  if (text === "memory") return undefined;
  if (REDIS.test(text) && URL.canParse(text)) return { url: text };
  // A reference to nothing was reported already.
  if (text !== "")
    findings.problems.push(
      origin.problem(
        ["cluster"],
        "is neither memory nor redis://…",
        "for example redis://127.0.0.1:6379/0, or rediss:// for TLS",
      ),
    );
  return undefined;
}
