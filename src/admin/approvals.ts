import type { FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { type ApprovalId, parseApprovalId } from "../call/id.ts";
import { may } from "../call/permission.ts";
import type { Principal } from "../call/principal.ts";
import { type Approval, type ApprovalFilter, MAX_APPROVALS } from "../store/approvals.ts";
import {
  approvalPageSchema,
  approvalParams,
  approvalQuery,
  approvalSchema,
  type ApprovalView,
} from "./approval-shapes.ts";
import { etagOf, isVisible, viewOf } from "./approval-view.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, Refused } from "./problem.ts";
import { problems, type Routes } from "./routes.ts";

const PAGE = 50;
/** Of so many questions a page is made; who sees none of them sees none of the older ones either. */
const LOOKED_AT = 2_000;

/** The approval that a request names. Rejects with Refused where there is none that its sender may know of. */
export async function approvalAt(
  { gate }: GovernanceParts,
  { credential }: Pick<FastifyRequest, "credential">,
  text: string,
): Promise<Approval> {
  const id = parseApprovalId(text);
  const approval = id === undefined ? undefined : await gate.desk.get(credential.tenant, id);
  if (approval === undefined || !isVisible(approval, credential))
    throw new Refused("not-found", "There is no such approval.");
  return approval;
}

/** A view with its ETag. */
export function tell(reply: FastifyReply, view: ApprovalView): ApprovalView {
  void reply.header("etag", etagOf(view));
  return view;
}

/** One more than a page has of what somebody may know of: of the rest not even a cursor tells. */
async function visible(
  { gate }: GovernanceParts,
  credential: Principal,
  { before, limit, ...filter }: ApprovalFilter,
): Promise<readonly Approval[]> {
  const found: Approval[] = [];
  const most = may(credential, "approvals.read", credential.tenant) ? limit + 1 : MAX_APPROVALS;
  let from = before;
  for (let looked = 0; looked < LOOKED_AT && found.length <= limit; looked += most) {
    const older = { ...filter, ...(from !== undefined && { before: from }), limit: most };
    const list = await gate.desk.list(credential.tenant, older);
    found.push(...list.filter((each) => isVisible(each, credential)));
    from = list.at(-1)?.question.id;
    if (list.length < most) break;
  }
  return found.slice(0, limit + 1);
}

/** `GET /approvals` and `/approvals/{id}`: what waits for people, and what they decided. */
export function approvalRoutes(app: Routes, parts: GovernanceParts): void {
  const { gate } = parts;
  app.get(
    `${BASE}/approvals`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "listApprovals",
        tags: ["approvals"],
        summary: "What people are asked",
        description: "Newest first. A page may have less than `limit` items and still a `next`.",
        querystring: approvalQuery,
        response: { 200: approvalPageSchema, ...problems("invalid-request", "unrecorded") },
      },
    },
    async ({ credential, query }) => {
      const { state = "open", limit = PAGE, cursor, principal, server, target } = query;
      const at = gate.now();
      const before: ApprovalId | undefined = cursor === undefined ? undefined : parseApprovalId(cursor);
      const list = await visible(parts, credential, {
        limit,
        ...(state === "open" && { open: at }),
        ...(before !== undefined && { before }),
        ...(principal !== undefined && { principal }),
        ...(server !== undefined && { server }),
        ...(target !== undefined && { target }),
      });
      const items = list.slice(0, limit).map((each) => viewOf(each, at));
      return { items, next: list.length > limit ? (items.at(-1)?.id ?? null) : null };
    },
  );
  app.get(
    `${BASE}/approvals/:id`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "getApproval",
        tags: ["approvals"],
        summary: "One question to people",
        headers: z.object({ "if-none-match": z.string().optional() }),
        params: approvalParams,
        response: {
          200: approvalSchema,
          304: z.undefined().describe("It is what `If-None-Match` names."),
          ...problems("invalid-request", "not-found", "unrecorded"),
        },
      },
    },
    async (request, reply) => {
      const view = tell(reply, viewOf(await approvalAt(parts, request, request.params.id), gate.now()));
      if (request.headers["if-none-match"] === etagOf(view)) return reply.code(304).send();
      return view;
    },
  );
}
