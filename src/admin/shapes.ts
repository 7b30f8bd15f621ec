import { z } from "zod";
import { isObject, type JsonObject } from "../call/json.ts";

/** Questions in one batch, at most. */
const BATCH_QUESTIONS = 100;

// Arguments are handed on as they were parsed: a copy made member by member would lose a key such as `__proto__`.
export const jsonObject = z
  .custom<JsonObject>(isObject, { error: "must be an object" })
  .meta({ type: "object", additionalProperties: true });
const name = z.string().min(1).max(256);
const names = z.array(name).max(256);

/** What `POST /authorize` asks. */
export const questionSchema = z
  .strictObject({
    tenant_id: name.describe("Whose data it is. Without tenants set up there is one, `default`."),
    resource_id: z
      .string()
      .min(1)
      .max(2048)
      .describe(
        "`server/tool` or `server.tool`; `server/file:///address`; `server/name` of a prompt with operation `prompts/get`; a server alone. With one server its name may be left out.",
      ),
    operation: z
      .string()
      .min(1)
      .max(128)
      .describe(
        "An MCP method such as `tools/call`, or what somebody wants to do: read, write, delete, execute, admin.",
      ),
    registry_type: z
      .enum(["plugpipe", "mcp", "generic"])
      .optional()
      .describe("What kind of registry asks. It changes nothing in the answer."),
    principal: z
      .union([name, z.strictObject({ id: name, roles: names.optional(), scopes: names.optional() })])
      .optional()
      .describe(
        "Who would do it: a claim, which must be the credential's own unless that may ask for others.",
      ),
    args: jsonObject.optional().describe("The arguments of the call."),
    era: z.enum(["legacy", "modern"]).optional().describe("The client's era of MCP; modern if absent."),
    client: z
      .strictObject({ name: z.string().max(256), version: z.string().max(256) })
      .optional()
      .describe("What the client says of itself."),
    consume: z
      .boolean()
      .optional()
      .describe("true: limits are charged and the decision is on record, as if the call were made now."),
  })
  .meta({ id: "Question", title: "Question" });

const limit = z.object({
  type: z.literal("limit"),
  rule: z.string(),
  says: z.string().describe("The limit as its rule says it: `100/hour per user`."),
  amount: z.number().describe("What the call takes of it."),
  most: z.number(),
  enforcement: z.enum(["hard", "soft", "warn"]),
});
const approval = z.object({
  type: z.literal("approval"),
  rule: z.string(),
  approvers: z.array(z.string()),
  quorum: z.int(),
  within_ms: z.int(),
  requester_may_approve: z.boolean(),
  approval_id: z.string().optional().describe("`apr_…`, where people have been asked."),
  expires: z.iso.datetime().optional(),
});
const rewrite = z.object({
  type: z.literal("rewrite"),
  act: z.enum(["set", "remove", "swap"]),
  pointer: z.string().describe("JSON Pointer into `params` of the MCP request."),
  value: z.unknown().optional(),
  parts: z
    .array(z.object({ from: z.int(), until: z.int(), to: z.string() }))
    .optional()
    .describe("Of `swap`: parts of the text there, in UTF-16 units, and what stands in their place."),
});

/** Why, in a word that programs can rely on. */
const REASONS = [
  "allowed",
  "observed",
  "not_judged",
  "approval_required",
  "unknown_tenant",
  "resource_not_granted",
  "default_deny",
  "denied_by_policy",
  "invalid_argument",
  "insufficient_scope",
  "limit_reached",
  "limit_unknown",
  "not_approved",
  "check_failed",
  "content_refused",
  "not_recorded",
] as const;

/** What `POST /authorize` answers. */
export const answerSchema = z
  .object({
    allowed: z.boolean(),
    decision: z.enum(["allow", "deny", "hold"]),
    reason: z.enum(REASONS),
    decision_id: z.string().describe("`dec_…`. On record where `recorded` says so."),
    policies: z.array(z.string()).describe("The rules that decided, and those whose limits it counts for."),
    obligations: z
      .array(z.discriminatedUnion("type", [limit, approval, rewrite]))
      .describe("What goes with an allow, or what a hold waits for."),
    cached: z.boolean().describe("The verdict was remembered from the same question under the same policy."),
    ttl_seconds: z
      .int()
      .describe(
        "For so long the answer may be used again; 0 where it depends on the moment. See docs/API.md.",
      ),
    evaluated_at: z.iso.datetime(),
    policy_version: z.string(),
    recorded: z.boolean().describe("Whether the decision is in the journal."),
    why: z.string().optional(),
    instead: z.string().optional(),
    retry_at: z.iso.datetime().optional().describe("When a limit may have room again."),
  })
  .meta({ id: "Answer", title: "Answer" });

const problemError = z.object({ pointer: z.string(), message: z.string(), hint: z.string().optional() });

/** RFC 9457. */
export const problemSchema = z
  .object({
    type: z.string().describe("A page of this gate that says what it means."),
    title: z.string(),
    status: z.int(),
    detail: z.string(),
    instance: z.string(),
    code: z.string().describe("Stable."),
    request_id: z.string(),
    trace_id: z.string().optional(),
    decision_id: z.string().optional(),
    errors: z.array(problemError).optional(),
    help: z.string(),
  })
  .meta({ id: "Problem", title: "Problem" });

/** Each question is read by itself, so that one that is wrong spoils no other. */
export const batchSchema = z
  .strictObject({ items: z.array(z.unknown()).min(1).max(BATCH_QUESTIONS).describe("Questions.") })
  .meta({ title: "Questions" });
export const batchAnswerSchema = z
  .object({
    items: z
      .array(
        z.union([
          z.object({ status: z.literal(200), answer: answerSchema }),
          z.object({ status: z.int().min(400), problem: problemSchema }),
        ]),
      )
      .describe("One for each question, in their order."),
  })
  .meta({ title: "Answers" });

export const validateSchema = z
  .strictObject({
    configuration: jsonObject
      .optional()
      .describe("`tenants` and `registries` as MCPGovernance writes them, or the keys of portcullis.yaml."),
    policy: z
      .union([z.string().max(1_000_000), jsonObject])
      .optional()
      .describe("What stands in a policy file, as text or as an object."),
  })
  .refine(({ configuration, policy }) => configuration !== undefined || policy !== undefined, {
    error: "needs `configuration` or `policy`",
  })
  .meta({ title: "Documents" });
export const validatedSchema = z
  .object({ valid: z.boolean(), errors: z.array(problemError.extend({ place: z.string().optional() })) })
  .meta({ title: "Validation" });

export type Question = z.output<typeof questionSchema>;
export type AuthorizeAnswer = z.output<typeof answerSchema>;
export type Obligation = AuthorizeAnswer["obligations"][number];
export type BatchAnswer = z.output<typeof batchAnswerSchema>;
export type Documents = z.output<typeof validateSchema>;
export type Validated = z.output<typeof validatedSchema>;
