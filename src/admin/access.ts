import { z } from "zod";
import { offerFor } from "../approval/offer.ts";
import type { Principal } from "../call/principal.ts";
import { readDuration } from "../document/duration.ts";
import { asOf } from "../gateway/as-of.ts";
import type { Sought } from "../store/approvals.ts";
import { approvalSchema, type ApprovalView } from "./approval-shapes.ts";
import { viewOf } from "./approval-view.ts";
import { tell } from "./approvals.ts";
import { principalOf } from "./asker.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, Refused } from "./problem.ts";
import { misshapen } from "./reading.ts";
import { postProblems, type Routes } from "./routes.ts";

const globs = z.array(z.string().min(1).max(1024)).min(1).max(50).optional();
const id = z.string().min(1).max(256);

/** What somebody wants to be let do for a time. */
const accessSchema = z
  .strictObject({
    for: z
      .string()
      .regex(/^\d{1,6}[smhdw]$/, "is no stretch of time: write 30m, 8h or 1d")
      .describe("How long."),
    reason: z.string().min(1).max(1000).describe("Why; approvers see it, and it is kept."),
    servers: globs.describe("Only on these; globs are taken."),
    tools: globs.describe("Only these."),
    resources: globs.describe("Only these."),
    operations: globs.describe("Only these MCP methods."),
    rule: id.optional().describe("The rule that offers it, where several do."),
    break_glass: z
      .boolean()
      .optional()
      .describe("Take it now, where the rule lets that be done; its approvers are told, and review it."),
    principal: z
      .union([id, z.strictObject({ id, roles: z.array(id).max(100).optional() })])
      .optional()
      .describe("Who asks. It must be the credential's own, unless that may act for others."),
  })
  .meta({ title: "AccessRequest" });
export type AccessRequest = z.input<typeof accessSchema>;

/** What caches ask for: one operation on one key. */
const keyedSchema = z
  .strictObject({
    user_id: id.optional(),
    operation: id,
    key: z.string().min(1).max(1024),
    data_classification: z.string().min(1).max(64).optional(),
    reason: z.string().min(1).max(1000),
    duration_hours: z.number().positive().max(720).optional(),
  })
  .meta({ title: "CacheAccessRequest" });
const keyedAnswer = z
  .object({ request_id: z.string(), status: z.string(), expires_at: z.iso.datetime() })
  .meta({ title: "CacheAccessRequested" });

/** Where seeds of this gate ask for access. */
const KEYED_PATH = "/api/cache/security/access-requests";
const DAY_MS = 86_400_000;
const OPERATIONS: Readonly<Record<string, string>> = { read: "resources/read" };

/** Puts the question, or takes what is wanted, as somebody. */
async function requested(
  { gate: root }: GovernanceParts,
  credential: Principal,
  principal: Principal,
  wanted: Sought,
  rule: string | undefined,
): Promise<ApprovalView> {
  const gate = asOf(root, principal);
  const offered = offerFor(gate.policy, principal, wanted, rule, gate.now());
  if (offered.kind === "none") throw new Refused("unjudgeable", `${offered.why}.`);
  const { tenant, id: who, roles, asserted_by: asked_by, made_by } = principal;
  const by = {
    id: who,
    roles,
    source: principal === credential ? credential.source : "asserted",
    ...(made_by && { made_by }),
  };
  try {
    const asked = await gate.desk.request(
      { ...wanted, tenant, by, asked_by },
      offered.access,
      gate.policy.version,
    );
    await gate.grants.refresh();
    const approval = await gate.desk.get(tenant, asked);
    if (approval === undefined) throw new Error("what was asked is not there");
    return viewOf(approval, gate.now());
  } catch (error) {
    if (error instanceof RangeError) throw new Refused("unjudgeable", `${error.message}.`);
    throw error;
  }
}

/** `POST /access-requests`, and the path at which caches asked for the same. Decided like every question to people. */
export function accessRoutes(app: Routes, parts: GovernanceParts): void {
  const refusals = postProblems("not-for-others", "unjudgeable");
  app.post(
    `${BASE}/access-requests`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "requestAccess",
        tags: ["approvals"],
        summary: "Ask for access for a time, or take it in an emergency",
        body: accessSchema,
        response: { 201: approvalSchema, ...refusals },
      },
    },
    async ({ body, credential }, reply) => {
      const { for: stretch, reason, rule, break_glass = false, principal: claim, ...scope } = body;
      const claimed = typeof claim === "string" ? { id: claim } : claim;
      const principal = principalOf(credential, credential.tenant, claimed);
      const { servers, tools, resources, operations } = scope;
      const wanted: Sought = {
        kind: break_glass ? "break_glass" : "access",
        for_ms: readDuration(stretch) ?? 0,
        reason,
        ...(servers !== undefined && { servers }),
        ...(tools !== undefined && { tools }),
        ...(resources !== undefined && { resources }),
        ...(operations !== undefined && { operations }),
      };
      if (wanted.for_ms === 0) throw misshapen([{ pointer: "/for", message: "is no time at all" }]);
      const view = await requested(parts, credential, principal, wanted, rule);
      void reply.code(201).header("location", `${BASE}/approvals/${view.id}`);
      return tell(reply, view);
    },
  );
  app.post(
    KEYED_PATH,
    {
      // The description is of what is below its own address; docs/API.md has this one.
      config: { permission: "ask" },
      schema: {
        hide: true,
        body: keyedSchema,
        response: { 201: keyedAnswer, ...refusals },
      },
    },
    async ({ body, credential }, reply) => {
      const { user_id, operation, key, data_classification, reason, duration_hours } = body;
      if (credential.source === "anonymous" && user_id === undefined)
        throw misshapen([{ pointer: "/user_id", message: "`user_id` is missing" }]);
      const claimed = user_id === undefined ? undefined : { id: user_id };
      const principal = principalOf(credential, credential.tenant, claimed);
      const method = Object.hasOwn(OPERATIONS, operation) ? OPERATIONS[operation] : undefined;
      const wanted: Sought = {
        kind: "access",
        for_ms: duration_hours === undefined ? DAY_MS : Math.round(duration_hours * 3_600_000),
        // Of one key there is one class: it narrows nothing, and approvers see what it is said to be.
        reason: data_classification === undefined ? reason : `${reason} (${data_classification} data)`,
        resources: [key],
        ...(method === undefined ? { tools: [operation] } : { operations: [method] }),
      };
      const view = await requested(parts, credential, principal, wanted, undefined);
      void reply.code(201);
      return { request_id: view.id, status: view.state, expires_at: view.until };
    },
  );
}
