import { z } from "zod";
import { DATA_CLASSES, readClass } from "../call/classification.ts";
import { findingsSchema, guardSchema, maskSchema } from "./duty-schema.ts";
import { SHARES } from "./limit.ts";
import { accessSchema, askSchema } from "./people-schema.ts";

/** A key of the full language that this version does not enforce: refused, so that nobody counts on it. */
function notYet(what: string) {
  const error = `${what} is not enforced by this version, so the file is refused rather than read without it`;
  return z
    .unknown()
    .refine(() => false, { error })
    .optional()
    .meta({ description: `Not enforced by this version; a file that has it is refused.`, not: {} });
}

const glob = z.string().min(1).max(256);
function globs(what: string) {
  return z
    .union([glob, z.array(glob).min(1).max(256)])
    .optional()
    .describe(what);
}

export const matchSchema = z
  .strictObject({
    tenant: globs("Whose data it is."),
    principal: globs("Who asks, by id."),
    role: globs("A role that the principal has."),
    scope: globs("A scope that the principal's credential carries."),
    server: globs("The server's name in `mcpServers`."),
    tool: globs("The tool's own name. The rule then speaks of tool calls only."),
    prompt: globs("The prompt's own name. The rule then speaks of prompts only."),
    resource: globs(
      "The URI of a resource; of a tool call, the arguments that the server's `resource_args` names.",
    ),
    method: globs("The MCP method, such as `tools/call`."),
    era: globs("`legacy` (up to 2025-11-25) or `modern` (from 2026-07-28)."),
    classification: globs(
      "What its data is: public, internal, confidential, restricted, personal or sensitive_personal, in any letters.",
    ),
    tag: notYet("`tag`"),
  })
  .describe(
    "Which calls the rule speaks of. `*` any text, `?` any character, `|` or a list for alternatives.",
  );

const texts = (what: string) =>
  z.union([z.string().min(1).max(64), z.array(z.string().min(1).max(64)).min(1).max(32)]).describe(what);

const hoursSchema = z
  .strictObject({
    allow: texts("From and until, minutes included: `09:00-17:59`; over midnight: `22:00-05:59`."),
    days: texts("`mon-fri`, `sat,sun`. Every day where it is left out.").optional(),
    timezone: z
      .string()
      .min(1)
      .max(64)
      .optional()
      .describe("IANA name, such as `Europe/Amsterdam`. UTC otherwise."),
  })
  .describe("When it may be called; at any other time it is denied.");

const share = z.enum(SHARES);
const limitSchema = z
  .strictObject({
    rate: z.string().max(64).optional().describe("How many calls in how long: `100/hour`, `5/15m`."),
    quota: z.string().max(64).optional().describe("How much in a calendar period: `10000/month`."),
    concurrency: z.int().min(1).max(1_000_000).optional().describe("How many calls at once."),
    window: z
      .enum(["sliding", "fixed", "calendar"])
      .optional()
      .describe(
        "`sliding`: in any stretch of that length (of a `rate`, built in); `fixed`: from the full hour or so; `calendar`: day, week, month as the calendar has them (of a `quota`, built in).",
      ),
    per: z
      .union([share, z.array(share).min(1).max(7)])
      .optional()
      .describe("Who shares a counter. Built in: `tenant`. Only `global` is shared by tenants."),
    burst: z.int().min(1).max(1_000_000).optional().describe("How many at once; they refill at the rate."),
    once: z
      .string()
      .max(256)
      .optional()
      .describe(
        "The argument that is the key of a call, such as `args.payment_id`: with the same key, a call is made and counted once a day.",
      ),
    meter: z
      .string()
      .max(256)
      .optional()
      .describe(
        "What a quota counts: `api_calls`, `storage_gb`, `compute_hours`, or an argument to add up: `args.amount`.",
      ),
    on_exceeded: z.enum(["block", "warn"]).optional().describe("Built in: block."),
    enforcement: z
      .enum(["hard", "soft", "warn"])
      .optional()
      .describe("`hard` refuses; `soft` lets it pass and tells the client; `warn` lets it pass and logs it."),
    alert_at: z.string().max(64).optional().describe("`80%`, or a name under `levels`."),
    timezone: z.string().min(1).max(64).optional().describe("Whose calendar. UTC where it is left out."),
  })
  .describe("How much there may be of what matches.");

const stepUpSchema = z
  .strictObject({
    acr: texts("In one of these ways, as their issuer names them; the first is preferred.").optional(),
    max_age: z
      .string()
      .regex(/^[1-9]\d{0,5}[smhd]$/, "is no stretch of time: write 5m, 1h or 1d")
      .optional()
      .describe("So long ago at most."),
  })
  .describe(
    "Of a rule that denies: how whoever signs in anew could pass. OAuth clients are told (RFC 9470).",
  );

const ruleSchema = z
  .strictObject({
    name: z
      .string()
      .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, "a rule's name is made of letters, digits, `.`, `_` and `-`")
      .max(80)
      .describe("Unique; refusals, records and tests name the rule by it."),
    match: matchSchema.optional(),
    when: z.string().min(1).max(2000).optional().describe("A CEL condition over the call."),
    allow: z.literal(true).optional().describe("Allow what matches, unless another rule denies it."),
    deny: z.literal(true).optional().describe("Deny what matches. Needs `why`."),
    why: z
      .string()
      .trim()
      .min(1)
      .max(300)
      .optional()
      .describe("The reason, in a sentence for the model and its user."),
    instead: z
      .string()
      .trim()
      .min(1)
      .max(200)
      .optional()
      .describe("What can be done instead, in a sentence."),
    step_up: stepUpSchema.optional(),
    ask: askSchema.optional(),
    access: accessSchema.optional(),
    limit: limitSchema.optional(),
    hours: hoursSchema.optional(),
    mask: maskSchema.optional(),
    classify: z
      .string()
      .refine((text) => readClass(text) !== undefined, { error: `is one of ${DATA_CLASSES.join(", ")}` })
      .optional()
      .meta({ enum: [...DATA_CLASSES, ...DATA_CLASSES.map((each) => each.toUpperCase())] })
      .describe("What the data of what matches is at least; findings and other rules may raise it."),
    guard: guardSchema.optional(),
  })
  .describe(
    "One rule: which calls it speaks of, and what it does to them: allow, deny, ask people, offer access, limit, deny outside of hours, mask, or say what guards do.",
  );

const testSchema = z
  .strictObject({
    name: z.string().min(1).max(200).describe("What must hold, in words."),
    call: z
      .strictObject({
        server: z.string().min(1).describe("The server's name."),
        tool: z.string().min(1).optional().describe("The tool that is called."),
        prompt: z.string().min(1).optional().describe("The prompt that is asked for."),
        resource: z.string().min(1).optional().describe("The URI of the resource that is read."),
        method: z
          .string()
          .min(1)
          .optional()
          .describe("The method, where it does not follow from the target."),
        args: z.record(z.string(), z.json()).optional().describe("The arguments."),
        principal: z
          .strictObject({
            id: z.string().min(1).optional(),
            tenant: z.string().min(1).optional(),
            roles: z.array(z.string()).optional(),
            scopes: z.array(z.string()).optional(),
            amr: z.array(z.string()).optional(),
            acr: z.string().optional(),
            address: z.string().optional(),
            auth_time: z.iso.datetime({ offset: true }).optional(),
          })
          .optional()
          .describe("Who asks; what is left out is `test`, tenant `default`, no roles, no scopes, no amr."),
        era: z.enum(["legacy", "modern"]).optional().describe("`modern` where it is left out."),
        annotations: z
          .record(z.string(), z.boolean())
          .optional()
          .describe(
            "What the server says of the tool: readOnlyHint, destructiveHint, idempotentHint, openWorldHint.",
          ),
        classification: z
          .enum(DATA_CLASSES)
          .optional()
          .describe("What its server or its schema say the data is. `internal` where nobody says anything."),
        findings: findingsSchema.optional(),
        granted: z
          .array(z.string().min(1))
          .max(100)
          .optional()
          .describe("The rules with `access` under which the principal was granted access."),
        at: z.iso.datetime({ offset: true }).optional().describe("When the call happens."),
      })
      .describe("The call to judge."),
    expect: z
      .strictObject({
        verdict: z.enum(["allow", "deny", "hold"]),
        rule: z.string().min(1).optional().describe("The rule that must speak."),
        asks: z
          .union([
            z.array(z.string().min(1)).min(1),
            z.record(z.string().min(1), z.string().min(1).max(16_384)),
          ])
          .optional()
          .describe(
            "Of a call that is held, the rules that must ask people, and no others; or each with what it asks: `2 of ana, ben within 1h`.",
          ),
        limits: z
          .union([z.array(z.string().min(1)), z.record(z.string().min(1), z.string().min(1).max(256))])
          .optional()
          .describe(
            "The rules whose limits it must be charged to, and no others; or each with how much its limit is.",
          ),
      })
      .describe("The verdict that is wanted."),
  })
  .describe("A call and the verdict that its author wants; `policy test` runs it.");

/** A policy file. Also the source of the JSON Schema that editors read. */
export const policySchema = z
  .strictObject({
    defaults: z
      .strictObject({
        verdict: z
          .enum(["deny", "allow"])
          .optional()
          .describe("What happens when no rule speaks. Built in: deny."),
      })
      .optional(),
    levels: z
      .record(z.string().min(1).max(64), z.string().max(8))
      .optional()
      .describe("Names for shares of a limit, for `alert_at`: `high_usage: 80%`."),
    rules: z.array(ruleSchema).max(10_000).optional().describe("In any order: a rule that denies wins."),
    tests: z.array(testSchema).max(10_000).optional(),
  })
  .describe("Portcullis policy: who may call what, and why not.");

export type PolicyDocument = z.output<typeof policySchema>;
/** A policy as a program writes it. */
export type PolicyInput = z.input<typeof policySchema>;
export type RuleDocument = z.output<typeof ruleSchema>;
export type TestDocument = z.output<typeof testSchema>;
