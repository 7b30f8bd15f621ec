import type { Call } from "../call/call.ts";
import { firstCallId, type Instant } from "../call/id.ts";
import type { Test } from "./rule.ts";

/** The call of a test; one that does not say when it happens happens now. */
export function testCall({ call }: Test, now: Instant): Call {
  const { instant, ...rest } = call;
  const at = instant ?? now;
  return { ...rest, id: firstCallId(at), at, client: undefined, meta: {}, inexact: [] };
}
