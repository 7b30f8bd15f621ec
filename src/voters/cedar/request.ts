import type { CedarValueJson, EntityJson, TypeAndId } from "@cedar-policy/cedar-wasm/nodejs";
import { type Call, targetName } from "../../call/call.ts";
import { valueOf } from "./values.ts";

/** A call in Cedar's words. */
export interface Request {
  readonly principal: EntityJson;
  readonly action: EntityJson;
  readonly resource: EntityJson;
  readonly context: Record<string, CedarValueJson>;
}

const TYPES = { tool: "Tool", prompt: "Prompt", resource: "Resource", task: "Task" } as const;

/** `a/b` and `c` must not be what `a` and `b/c` are. */
function part(text: string): string {
  return text.replaceAll("%", "%25").replaceAll("/", "%2F");
}

function principalOf({ principal }: Call): EntityJson {
  const { id, tenant, roles, scopes, source, amr = [], acr, auth_at } = principal;
  return {
    uid: { type: "User", id: `${part(tenant)}/${id}` },
    attrs: {
      id,
      tenant,
      source,
      scopes: [...scopes],
      amr: [...amr],
      ...(acr !== undefined && { acr }),
      ...(auth_at !== undefined && {
        auth_time: { __extn: { fn: "datetime", arg: new Date(auth_at).toISOString() } },
      }),
    },
    parents: [
      { type: "Tenant", id: tenant },
      ...roles.map((role): TypeAndId => ({ type: "Role", id: role })),
    ],
  };
}

function resourceOf({ server, target }: Call): EntityJson {
  const parent: TypeAndId = { type: "Server", id: server };
  if (target.kind === "none") return { uid: parent, attrs: {}, parents: [] };
  const name = targetName(target) ?? "";
  return {
    uid: { type: TYPES[target.kind], id: `${part(server)}/${name}` },
    attrs: { server, ...(target.kind === "resource" ? { uri: name } : { name }) },
    parents: [parent],
  };
}

/**
 * `User::"tenant/id"` in its `Role`s and its `Tenant`; `Action::"tools/call"`; `Tool::"server/name"` (or `Prompt`,
 * `Resource`, `Task`) in `Server::"server"`, or the server where the method has no target. Throws Unspeakable.
 */
export function requestOf(call: Call): Request {
  const { client } = call;
  return {
    principal: principalOf(call),
    action: { uid: { type: "Action", id: call.method }, attrs: {}, parents: [] },
    resource: resourceOf(call),
    context: {
      args: valueOf(call.args),
      era: call.era,
      at: { __extn: { fn: "datetime", arg: new Date(call.at).toISOString() } },
      ...(client !== undefined && { client: { name: client.name, version: client.version } }),
    },
  };
}
