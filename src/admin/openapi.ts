import swagger from "@fastify/swagger";
import type { FastifyInstance } from "fastify";
import { createJsonSchemaTransform, createJsonSchemaTransformObject } from "fastify-type-provider-zod";
import { z } from "zod";
import { digestBytes } from "../call/json.ts";
import { BASE, PROBLEMS, type ProblemCode, Refused } from "./problem.ts";
import { problems, type Routes } from "./routes.ts";

const SHAPES = { zodToJsonConfig: { unrepresentable: "any" } } as const;

/** The description as it is sent: shapes that no route uses as they go in, or come out, are left away. */
function written(description: object): string {
  const { components = {}, ...rest } = description as { readonly components?: { readonly schemas?: object } };
  const text = JSON.stringify(description);
  const used = Object.entries(components.schemas ?? {}).filter(([id]) =>
    text.includes(`"#/components/schemas/${id}"`),
  );
  return JSON.stringify({ ...rest, components: { ...components, schemas: Object.fromEntries(used) } });
}

/** Has every route that is registered afterwards described. */
export async function describeRoutes(app: FastifyInstance, version: string): Promise<void> {
  await app.register(swagger, {
    openapi: {
      openapi: "3.1.0",
      info: {
        title: "Portcullis governance API",
        version,
        description:
          "What the gate decides, for other systems, and the decisions that people take. See docs/API.md.",
        license: { name: "MIT", identifier: "MIT" },
      },
      tags: [
        { name: "authorization", description: "The gate's verdicts." },
        { name: "approvals", description: "What people are asked, and what they decide." },
        { name: "people", description: "Users, service accounts and their API keys." },
        { name: "records", description: "Calls and administrative acts on record." },
        { name: "log", description: "The record as evidence." },
        { name: "documents", description: "Policies and configurations before they are used." },
        { name: "api", description: "About this API." },
      ],
    },
    transform: createJsonSchemaTransform(SHAPES),
    transformObject: createJsonSchemaTransformObject(SHAPES),
  });
}

const codes = Object.keys(PROBLEMS) as [ProblemCode, ...ProblemCode[]];
const pageSchema = z.object({ code: z.enum(codes), title: z.string(), status: z.int(), help: z.string() });

/** `GET /openapi.json`, with an ETag, and `GET /problems/{code}`, where the `type` of a problem leads. */
export function aboutRoutes(app: Routes): void {
  let description: { readonly body: string; readonly etag: string } | undefined;
  app.get(
    `${BASE}/openapi.json`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "describe",
        tags: ["api"],
        summary: "This description",
        response: {
          200: z.record(z.string(), z.unknown()).describe("OpenAPI 3.1."),
          304: z.undefined().describe("It is what `If-None-Match` names."),
          ...problems(),
        },
      },
    },
    (request, reply) => {
      if (description === undefined) {
        const body = written(app.swagger());
        description = { body, etag: `"${digestBytes(body).slice("sha256:".length, 39)}"` };
      }
      const { body, etag } = description;
      void reply.header("etag", etag).header("cache-control", "private, no-cache");
      const known = (request.headers["if-none-match"] ?? "").split(",").map((each) => each.trim());
      if (known.includes(etag)) return reply.code(304).send();
      return reply
        .type("application/json")
        .serializer((text: unknown) => String(text))
        .send(body);
    },
  );
  app.get(
    `${BASE}/problems/:code`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "explainProblem",
        tags: ["api"],
        summary: "What a problem means, and how to mend it",
        params: z.object({ code: z.string() }),
        response: { 200: pageSchema, ...problems("not-found") },
      },
    },
    ({ params }) => {
      const code = codes.find((each) => each === params.code);
      if (code === undefined) throw new Refused("not-found", "No problem has that code.");
      const { title, status, mend } = PROBLEMS[code];
      return { code, title, status, help: mend };
    },
  );
}
