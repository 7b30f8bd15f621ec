import { z } from "zod";
import { type Can, type CanParts, whatCan, whoCan } from "../gateway/can/what-can.ts";
import type { GovernanceParts } from "./parts.ts";
import { tenantAt } from "./people.ts";
import { tenantQuery } from "./people-shapes.ts";
import { BASE } from "./problem.ts";
import { misshapen } from "./reading.ts";
import { postProblems, type Routes } from "./routes.ts";
import { jsonObject } from "./shapes.ts";

const name = z.string().min(1).max(256);
const canSchema = z
  .object({
    principal: z.string().describe("`role:NAME` is somebody with a role that policy names."),
    roles: z.array(z.string()),
    credential: z.string().optional().describe("The API key, where it is one."),
    from: z
      .enum(["user", "service-account", "key", "record", "role"])
      .describe("How the gate knows of them."),
    server: z.string(),
    tool: z.string(),
    verdict: z.enum(["allow", "deny", "ask", "depends"]),
    rule: z.string().optional().describe("The rule that speaks; absent where it depends."),
    why: z.string().optional(),
    on: z
      .array(z.object({ rule: z.string(), effect: z.string(), where: z.array(z.string()) }))
      .describe("On which rules it depends, and what each looks at."),
    unless: z
      .array(z.string())
      .describe(
        "What may still refuse a call that this lets pass: `limit RULE`, `voters`, `guards`, `arguments` that do not fit.",
      ),
    mode: z
      .enum(["enforce", "observe"])
      .describe("In observe nothing is refused: the verdict is what would be."),
  })
  .meta({ id: "Can", title: "Can" });
const answer = z.object({ items: z.array(canSchema), next: z.null() }).meta({ title: "WhoCan" });

const whoSchema = z
  .strictObject({ server: name, tool: name, args: jsonObject.optional() })
  .meta({ title: "WhoCanQuestion" });
const whatSchema = z
  .strictObject({ principal: name, server: name.optional() })
  .meta({ title: "WhatCanQuestion" });

function viewOf({
  principal,
  from,
  server,
  tool,
  verdict,
  rule,
  why,
  on,
  unless,
  mode,
}: Can): z.output<typeof canSchema> {
  const { id, roles, credential } = principal;
  return {
    principal: id,
    roles: [...roles],
    ...(credential !== undefined && { credential }),
    from,
    server,
    tool,
    verdict,
    ...(rule !== undefined && { rule }),
    ...(why !== undefined && { why }),
    on: on.map((each) => ({ ...each, where: [...each.where] })),
    unless: [...unless],
    mode,
  };
}

/** `POST /who-can` and `/what-can`: one answer that is also what happens. */
export function canRoutes(app: Routes, parts: GovernanceParts): void {
  const { gate, store, implies = {} } = parts;
  const can: CanParts = { gate, store, implies };
  const shape = { tags: ["authorization"], querystring: tenantQuery };
  const response = { 200: answer, ...postProblems("not-found") };
  app.post(
    `${BASE}/who-can`,
    {
      config: { permission: "state.read" },
      schema: {
        ...shape,
        operationId: "whoCan",
        summary: "Who can call a tool?",
        description:
          "Of each principal that the gate knows of, by what decides on calls. Without `args` the answer is for whatever arguments.",
        body: whoSchema,
        response,
      },
    },
    async (request) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "state.read");
      if (request.inexact.length > 0)
        throw misshapen([{ pointer: "/args", message: "holds a number that a double does not keep" }]);
      const { args, ...about } = request.body;
      const items = await whoCan(can, tenant, { ...about, ...(args !== undefined && { args }) });
      return { items: items.map(viewOf), next: null };
    },
  );
  app.post(
    `${BASE}/what-can`,
    {
      config: { permission: "state.read" },
      schema: {
        ...shape,
        operationId: "whatCan",
        summary: "What can somebody call?",
        description:
          "Of each tool that anybody was told of or called lately, with each credential that the gate knows of.",
        body: whatSchema,
        response,
      },
    },
    async (request) => {
      const tenant = tenantAt(parts, request, request.query.tenant, "state.read");
      const { principal, server } = request.body;
      return { items: (await whatCan(can, tenant, principal, server)).map(viewOf), next: null };
    },
  );
}
