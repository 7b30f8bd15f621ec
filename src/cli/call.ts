import type { Call, Target } from "../call/call.ts";
import { callId } from "../call/id.ts";
import type { JsonObject } from "../call/json.ts";
import type { Principal } from "../call/principal.ts";

/** What is called by its name. */
export type Named = Exclude<Target, { readonly kind: "none" | "task" }>;

const METHODS = { tool: "tools/call", prompt: "prompts/get", resource: "resources/read" } as const;

/** A call that comes from no client: whoever types a command makes it, or asks what would become of it. */
export function callOf(server: string, target: Named, args: JsonObject, principal: Principal): Call {
  const at = Date.now();
  return {
    id: callId(at),
    at,
    principal,
    client: undefined,
    era: "modern",
    server,
    method: METHODS[target.kind],
    target,
    args,
    meta: {},
    inexact: [],
  };
}
