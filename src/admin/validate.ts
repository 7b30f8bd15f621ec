import { z } from "zod";
import { isObject, type JsonObject } from "../call/json.ts";
import { configSchema } from "../config/schema.ts";
import { tenantsSchema } from "../config/tenant-schema.ts";
import { Problems } from "../document/problem.ts";
import { type CompileOptions, compile } from "../policy/compile.ts";
import { policySchema } from "../policy/schema.ts";
import type { GovernanceParts } from "./parts.ts";
import { BASE } from "./problem.ts";
import { shapeErrors } from "./reading.ts";
import { postProblems, type Routes } from "./routes.ts";
import { type Documents, type Validated, validatedSchema, validateSchema } from "./shapes.ts";

type Found = Validated["errors"][number];

const name = z.string().min(1).max(256);
/** `tenants` and `registries` as MCPGovernance has them. */
const seedSchema = z.strictObject({
  tenants: z
    .record(
      name,
      z.strictObject({
        plugins: z.array(name).max(10_000).optional(),
        access_level: z.enum(["read", "write", "admin"]).optional(),
      }),
    )
    .optional(),
  registries: z
    .array(
      z.strictObject({
        name,
        type: z.enum(["plugpipe", "mcp", "generic"]),
        endpoint: z.url({ protocol: /^https?$/ }),
        governance_enabled: z.boolean().optional(),
      }),
    )
    .max(1000)
    .optional(),
});
const SEED_KEYS: ReadonlySet<string> = new Set(Object.keys(seedSchema.shape));

function under(root: string, errors: ReturnType<typeof shapeErrors>): readonly Found[] {
  return errors.map((each) => ({ ...each, pointer: `${root}${each.pointer}` }));
}

/** Whether tenants are written as MCPGovernance has them, and not as this gate's configuration has. */
function isSeed({ tenants }: JsonObject): boolean {
  const own = configSchema.shape.tenants.safeParse(tenants).success;
  return (
    !own && isObject(tenants) && !Object.keys(tenantsSchema.shape).some((key) => Object.hasOwn(tenants, key))
  );
}

function ofConfiguration(configuration: JsonObject): readonly Found[] {
  const seed = isSeed(configuration);
  const split = (own: boolean): JsonObject =>
    Object.fromEntries(
      Object.entries(configuration).filter(
        ([key]) => (SEED_KEYS.has(key) && (key !== "tenants" || seed)) === own,
      ),
    );
  return under("/configuration", [
    ...shapeErrors(seedSchema, split(true)),
    ...shapeErrors(configSchema, split(false)),
  ]);
}

/** `rules[3].when: …`, as problems of a document begin, is `/rules/3/when`. */
const PLACED = /^([a-z_]+(?:\[\d+\]|\.[A-Za-z0-9_-]+)*): /;

function pointed(message: string): Pick<Found, "pointer" | "message"> {
  const [prefix = "", path = ""] = PLACED.exec(message) ?? [];
  const steps = path.split(/[.[\]]/).filter((step) => step !== "");
  return { pointer: steps.map((step) => `/${step}`).join(""), message: message.slice(prefix.length) };
}

function ofPolicy(policy: string | JsonObject, reading: CompileOptions): readonly Found[] {
  // The shape of an object has pointers; what it means is found as in a file.
  const shape = typeof policy === "string" ? [] : shapeErrors(policySchema, policy);
  if (shape.length > 0) return under("/policy", shape);
  const text = typeof policy === "string" ? policy : JSON.stringify(policy, undefined, 2);
  try {
    compile([{ file: "policy", text }], reading);
    return [];
  } catch (error) {
    if (!(error instanceof Problems)) throw error;
    return error.problems.map(({ message, hint, line, column }) => {
      const { pointer, message: rest } = pointed(message);
      return {
        pointer: `/policy${pointer}`,
        message: rest,
        ...(hint !== undefined && { hint }),
        ...(typeof policy === "string" && line > 0 && { place: `${line}:${column}` }),
      };
    });
  }
}

/** What is wrong with documents, without using or keeping anything of them. Nothing they name is opened. */
function validated({ configuration, policy }: Documents, reading: CompileOptions): Validated {
  const errors = [
    ...(configuration === undefined ? [] : ofConfiguration(configuration)),
    ...(policy === undefined ? [] : ofPolicy(policy, reading)),
  ];
  return { valid: errors.length === 0, errors };
}

/** `POST /validate`. */
export function validateRoutes(app: Routes, { reading }: GovernanceParts): void {
  app.post(
    `${BASE}/validate`,
    {
      config: { permission: "ask" },
      schema: {
        operationId: "validate",
        tags: ["documents"],
        summary: "Would a configuration or a policy be taken?",
        description:
          "Nothing is kept, and nothing that the documents name is opened. What is wrong has JSON Pointers into the body.",
        body: validateSchema,
        response: { 200: validatedSchema, ...postProblems() },
      },
    },
    ({ body }) => validated(body, reading),
  );
}
