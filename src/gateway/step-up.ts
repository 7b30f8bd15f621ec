import type { Call } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { Refusal } from "../call/verdict.ts";

/**
 * What the client is told, and not the model, where another token would be let through: all scopes that the call needs, in one
 * challenge (MCP authorization, runtime insufficient scope), or how its user must sign in (RFC 9470). Undefined where
 * none would, and for keys and certificates, which have what they have.
 */
export function steppingUp(refusal: Refusal, { principal }: Call): Fault | undefined {
  if (refusal.kind !== "deny" || principal.source !== "token") return undefined;
  const { cause } = refusal;
  if (cause.kind === "scope")
    return new Fault("insufficient-scope", `This needs the scopes ${cause.needs.join(" ")}.`, {
      data: { scopes: cause.needs },
    });
  if (cause.kind !== "policy" || cause.sign_in === undefined) return undefined;
  const { acr_values, max_age_s } = cause.sign_in;
  return new Fault("insufficient-sign-in", refusal.why, {
    data: { acr_values, ...(max_age_s !== undefined && { max_age_s }) },
  });
}
