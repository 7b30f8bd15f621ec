import type { Call } from "../call/call.ts";
import type { JsonObject } from "../call/json.ts";

/** In a question of another system: what somebody means to do, beside the request that it is judged as. */
const OPERATION = "dev.portcullis/operation";

/**
 * The document that OPA sees as `input`. What a call has not is left out, so that Rego finds it undefined. `at` is RFC
 * 3339 in UTC; names are the server's own; what the client says of itself is a claim.
 */
export function inputOf(call: Call): JsonObject {
  const { principal, target, client } = call;
  const operation = call.meta[OPERATION];
  return {
    principal: {
      id: principal.id,
      scopes: principal.scopes,
      source: principal.source,
      amr: principal.amr ?? [],
      ...(principal.acr !== undefined && { acr: principal.acr }),
      ...(principal.auth_at !== undefined && { auth_time: new Date(principal.auth_at).toISOString() }),
    },
    tenant: principal.tenant,
    roles: principal.roles,
    server: call.server,
    method: call.method,
    ...(target.kind === "tool" && { tool: target.name }),
    ...(target.kind === "prompt" && { prompt: target.name }),
    ...(target.kind === "resource" && { resource: target.uri }),
    ...(target.kind === "task" && { task: target.id }),
    ...(typeof operation === "string" && { operation }),
    args: call.args,
    era: call.era,
    at: new Date(call.at).toISOString(),
    ...(client !== undefined && { client: { name: client.name, version: client.version } }),
  };
}
