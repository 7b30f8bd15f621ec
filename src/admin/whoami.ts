import { z } from "zod";
import { permissionsOf } from "../call/permission.ts";
import { BASE } from "./problem.ts";
import { problems, type Routes } from "./routes.ts";

const texts = z.array(z.string());
const at = z.iso.datetime().optional();
const whoamiSchema = z
  .object({
    id: z.string(),
    tenant: z.string(),
    roles: texts,
    scopes: texts,
    source: z.string().describe("What showed it: `token`, `api-key`, `session`, `mtls`, …"),
    amr: texts.optional().describe("How they signed in (RFC 8176), where anybody says."),
    acr: z.string().optional().describe("How surely, in their issuer's words, where it says."),
    signed_in_at: at,
    expires_at: at.describe("When the credential ends, where it does."),
    permissions: texts.describe("What they may do with the gate itself."),
  })
  .meta({ id: "Whoami", title: "Whoami" });

const utc = (ms: number): string => new Date(ms).toISOString();

/** `GET /whoami`: who a credential is. */
export function whoamiRoutes(app: Routes): void {
  app.get(
    `${BASE}/whoami`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "whoami",
        tags: ["people"],
        summary: "Who the credential of this request is, and what they may do",
        response: { 200: whoamiSchema, ...problems() },
      },
    },
    async ({ credential }) => {
      const { id, tenant, roles, scopes, source, amr, acr, auth_at, expires } = credential;
      return {
        id,
        tenant,
        roles: [...roles],
        scopes: [...scopes],
        source,
        ...(amr !== undefined && { amr: [...amr] }),
        ...(acr !== undefined && { acr }),
        ...(auth_at !== undefined && { signed_in_at: utc(auth_at) }),
        ...(expires !== undefined && { expires_at: utc(expires) }),
        permissions: [...permissionsOf(credential)].toSorted(),
      };
    },
  );
}
