import type { Call } from "../call/call.ts";
import { Fault } from "../call/fault.ts";
import type { Cause, Refusal } from "../call/verdict.ts";

type OfScope = Refusal & { readonly cause: Extract<Cause, { readonly kind: "scope" }> };

/** Whether another token would be let through: then its client is told so, and not the model. A key has what it has. */
export function canStepUp(refusal: Refusal, { principal }: Call): refusal is OfScope {
  return refusal.kind === "deny" && refusal.cause.kind === "scope" && principal.source === "token";
}

/** All scopes that the call needs, for one challenge (MCP authorization, runtime insufficient scope). */
export function scopesNeeded(scopes: readonly string[]): Fault {
  return new Fault("insufficient-scope", `This needs the scopes ${scopes.join(" ")}.`, { data: { scopes } });
}
