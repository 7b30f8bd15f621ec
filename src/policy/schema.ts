import { z } from "zod";

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

const matchSchema = z
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
    classification: notYet("`classification`"),
    tag: notYet("`tag`"),
  })
  .describe(
    "Which calls the rule speaks of. `*` any text, `?` any character, `|` or a list for alternatives.",
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
    ask: notYet("`ask` (approval)"),
    limit: notYet("`limit`"),
    hours: notYet("`hours`"),
    mask: notYet("`mask`"),
  })
  .describe("One rule: which calls it speaks of, and whether it allows or denies them.");

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
          })
          .optional()
          .describe("Who asks; what is left out is `test`, tenant `default`, no roles, no scopes."),
        era: z.enum(["legacy", "modern"]).optional().describe("`modern` where it is left out."),
        at: z.iso.datetime({ offset: true }).optional().describe("When the call happens."),
      })
      .describe("The call to judge."),
    expect: z
      .strictObject({
        verdict: z.enum(["allow", "deny"]),
        rule: z.string().min(1).optional().describe("The rule that must speak."),
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
    rules: z.array(ruleSchema).max(10_000).optional().describe("In any order: a rule that denies wins."),
    tests: z.array(testSchema).max(10_000).optional(),
  })
  .describe("Portcullis policy: who may call what, and why not.");

export type PolicyDocument = z.output<typeof policySchema>;
/** A policy as a program writes it. */
export type PolicyInput = z.input<typeof policySchema>;
export type RuleDocument = z.output<typeof ruleSchema>;
export type TestDocument = z.output<typeof testSchema>;
