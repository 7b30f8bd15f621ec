import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import type { Decided } from "../approval/desk.ts";
import { previewOf } from "../approval/preview.ts";
import type { Principal } from "../call/principal.ts";
import type { Actor, Question } from "../store/approvals.ts";
import {
  approvalParams,
  approvalSchema,
  type ApprovalView,
  approveSchema,
  delegateSchema,
  denySchema,
  reviewSchema,
} from "./approval-shapes.ts";
import { etagOf, viewOf } from "./approval-view.ts";
import { approvalAt, tell } from "./approvals.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, type ProblemCode, Refused } from "./problem.ts";
import { misshapen } from "./reading.ts";
import { postProblems, type Routes } from "./routes.ts";

const OF_REFUSAL: Readonly<Record<Extract<Decided, { readonly kind: "refused" }>["code"], ProblemCode>> = {
  decided: "already-decided",
  voted: "already-decided",
  "too-many": "already-decided",
  "own-request": "not-approver",
  "not-approver": "not-approver",
  changed: "changed-meanwhile",
};

/** Whoever decides: the credential, or, where nobody has one, who says so. */
function actorOf(credential: Principal, named: string | undefined): Actor {
  const { id, roles, source, made_by } = credential;
  if (source === "anonymous") {
    if (named !== undefined) return { id: named, roles: [], source: "asserted" };
    throw misshapen([{ pointer: "/approver", message: "`approver` is missing", hint: "name who decides" }]);
  }
  if (named === undefined || named === id) return { id, roles, source, ...(made_by && { made_by }) };
  throw new Refused("not-for-others", "Nobody decides in another's name.");
}

/** What all decisions have in common. */
function described<B extends z.ZodType>(operationId: string, summary: string, body: B) {
  const headers = z.object({
    "if-match": z
      .string()
      .optional()
      .describe("The `ETag` that was looked at: 412 where it is another by now."),
    "idempotency-key": z.string().optional(),
  });
  const response = {
    200: approvalSchema,
    ...postProblems("not-for-others", "not-approver", "not-found", "already-decided", "changed-meanwhile"),
  };
  return {
    config: { permission: "ask" as const },
    schema: { operationId, tags: ["approvals"], summary, headers, params: approvalParams, body, response },
  };
}

/** Decides on the question that was looked at, as somebody. */
function decidingOn(parts: GovernanceParts) {
  const { gate } = parts;
  return async (
    request: FastifyRequest,
    reply: FastifyReply,
    { id, approver }: { readonly id: string; readonly approver: string | undefined },
    act: (tenant: string, question: Question, by: Actor, seen: number | undefined) => Promise<Decided>,
  ): Promise<ApprovalView> => {
    const { credential, headers } = request;
    const approval = await approvalAt(parts, request, id);
    const wanted = headers["if-match"];
    if (wanted !== undefined && wanted !== "*" && wanted !== etagOf(viewOf(approval, gate.now())))
      throw new Refused("changed-meanwhile", "Somebody has acted on it since, or its time has run out.");
    const seen = wanted === undefined || wanted === "*" ? undefined : approval.acts.length;
    const came = await act(credential.tenant, approval.question, actorOf(credential, approver), seen);
    if (came.kind === "refused") throw new Refused(OF_REFUSAL[came.code], came.why);
    if (came.kind === "not-found") throw new Refused("not-found", "There is no such approval.");
    return tell(reply, viewOf(came.approval, gate.now()));
  };
}

/** `POST /approvals/{id}/approve`, `/deny`, `/review` and `/delegate`. */
export function decidingRoutes(app: Routes, parts: GovernanceParts): void {
  const { gate } = parts;
  const decided = decidingOn(parts);
  app.post(
    `${BASE}/approvals/:id/approve`,
    described("approve", "Approve a call, once", approveSchema),
    (request, reply) => {
      const { approver, reason = "", preview, args } = request.body;
      if (request.inexact.length > 0)
        throw misshapen([{ pointer: "/args", message: "holds a number that a double does not keep" }]);
      return decided(
        request,
        reply,
        { id: request.params.id, approver },
        async (tenant, question, by, seen) => {
          const { digest } = previewOf(question);
          if (preview !== undefined && preview !== digest)
            throw new Refused("changed-meanwhile", "`preview` is not what this question shows.");
          if (args !== undefined) return await gate.desk.change(tenant, question.id, by, args, reason);
          return await gate.desk.decide(
            tenant,
            question.id,
            by,
            { kind: "approve", preview: digest },
            reason,
            seen,
          );
        },
      );
    },
  );
  app.post(`${BASE}/approvals/:id/deny`, described("deny", "Deny a call", denySchema), (request, reply) => {
    const { approver, reason = "" } = request.body;
    return decided(request, reply, { id: request.params.id, approver }, (tenant, { id }, by, seen) =>
      gate.desk.decide(tenant, id, by, { kind: "deny" }, reason, seen),
    );
  });
  app.post(
    `${BASE}/approvals/:id/review`,
    described("review", "Say that what was taken in an emergency has been looked at", reviewSchema),
    (request, reply) => {
      const { approver, reason = "" } = request.body;
      return decided(request, reply, { id: request.params.id, approver }, (tenant, { id }, by, seen) =>
        gate.desk.decide(tenant, id, by, { kind: "review" }, reason, seen),
      );
    },
  );
  app.post(
    `${BASE}/approvals/:id/delegate`,
    described("delegate", "Let somebody else decide", delegateSchema),
    (request, reply) => {
      const { approver, reason = "", to } = request.body;
      return decided(request, reply, { id: request.params.id, approver }, (tenant, { id }, by, seen) =>
        gate.desk.decide(tenant, id, by, { kind: "delegate", to }, reason, seen),
      );
    },
  );
}
