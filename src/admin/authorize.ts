import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { safeParse } from "zod/v4/core";
import type { JsonPath } from "../call/json.ts";
import type { Asking, Authority } from "./authority.ts";
import { refusedBy } from "./failure.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE, problemDocument, PROBLEMS } from "./problem.ts";
import { misshapen, shapeErrors } from "./reading.ts";
import { postProblems, type Routes } from "./routes.ts";
import {
  answerSchema,
  type AuthorizeAnswer,
  type BatchAnswer,
  batchAnswerSchema,
  batchSchema,
  type Question,
  questionSchema,
} from "./shapes.ts";

/** What is known of a request that asks; `at` leads to the question in its body. */
function askingOf(request: FastifyRequest, at: JsonPath): Asking {
  const { credential, traceparent, inexact, id } = request;
  if (inexact.length === 0) return { credential, traceparent, request: id, inexact: [] };
  const root = [...at, "args"];
  const under = inexact.filter((path) => root.every((step, index) => path[index] === step));
  const paths = under.map((path) => path.slice(root.length).join("."));
  return { credential, traceparent, request: id, inexact: paths };
}

const headers = z.object({
  "idempotency-key": z
    .string()
    .optional()
    .describe("Asks once, however often it is sent: for a day the same request gets the same answer."),
});

/** `POST /authorize` and `/authorize/batch`: the gate's verdict on a call that somebody else would make. */
export function authorizeRoutes(app: Routes, { gate }: GovernanceParts, { authorize }: Authority): void {
  app.post(
    `${BASE}/authorize`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "authorize",
        tags: ["authorization"],
        summary: "May somebody do something?",
        description:
          "The verdict that the gate would give the call. A question changes nothing, unless `consume` says that the call is made now.",
        headers,
        body: questionSchema,
        response: { 200: answerSchema, ...postProblems("not-for-others", "unjudgeable") },
      },
    },
    (request): Promise<AuthorizeAnswer> => authorize(request.body, askingOf(request, [])),
  );

  async function item(
    request: FastifyRequest,
    asked: unknown,
    at: number,
  ): Promise<BatchAnswer["items"][number]> {
    try {
      const read = safeParse(questionSchema, asked);
      if (!read.success) throw misshapen(shapeErrors(questionSchema, asked), `question ${at}`);
      const question: Question = read.data;
      return { status: 200, answer: await authorize(question, askingOf(request, ["items", at])) };
    } catch (error) {
      const refused = refusedBy(error);
      if (refused.code === "internal")
        gate.log.error({ request: request.id, err: refused.cause }, "a question failed");
      const problem = problemDocument(refused, { request_id: request.id });
      const { errors, ...rest } = problem;
      return {
        status: PROBLEMS[refused.code].status,
        problem: { ...rest, ...(errors !== undefined && { errors: [...errors] }) },
      };
    }
  }

  app.post(
    `${BASE}/authorize/batch`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "authorizeBatch",
        tags: ["authorization"],
        summary: "May somebody do several things?",
        description:
          "Each question is read and answered by itself, in order; one that cannot be answered has a problem in its place.",
        headers,
        body: batchSchema,
        response: { 200: batchAnswerSchema, ...postProblems() },
      },
    },
    async (request): Promise<BatchAnswer> => {
      const items: BatchAnswer["items"] = [];
      // In turn, so that limits are taken in the order of the questions.
      for (const [at, asked] of request.body.items.entries()) items.push(await item(request, asked, at));
      return { items };
    },
  );
}
