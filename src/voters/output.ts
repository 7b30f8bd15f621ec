import { isObject, type Json, member } from "../call/json.ts";
import { ALLOW, reason, unclear, type Vote } from "./vote.ts";

const KNOWN: ReadonlySet<string> = new Set(["allow", "reason", "obligations"]);

/**
 * What a Rego decision means: `true`, `false`, or `{allow, reason?, obligations?}`. Anything else is no decision, also a
 * key that is not known here: it may have been meant to take something back. An obligation that nobody would carry out
 * is no allowance either.
 */
export function voteOf(result: Json | undefined): Vote {
  if (result === undefined) return unclear("has no decision for this call");
  if (typeof result === "boolean") return result ? ALLOW : { kind: "deny", why: undefined };
  const allow = member(result, "allow");
  const why = member(result, "reason");
  const obligations = member(result, "obligations");
  const known = isObject(result) && Object.keys(result).every((key) => KNOWN.has(key));
  if (!known || typeof allow !== "boolean" || (why !== undefined && typeof why !== "string"))
    return unclear("gave an answer that is no decision");
  if (!allow) return { kind: "deny", why: why === undefined ? undefined : reason(why) };
  if (obligations !== undefined && !(Array.isArray(obligations) && obligations.length === 0))
    return unclear("asks for something that this gate cannot do");
  return ALLOW;
}
