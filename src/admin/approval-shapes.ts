import { z } from "zod";
import { jsonObject } from "./shapes.ts";

const id = z.string().regex(/^(?:apr_|op-)[0-7][0-9a-hjkmnp-tv-z]{25}$/, "is no approval's id (`apr_…`)");
const instant = z.iso.datetime();
const name = z.string().min(1).max(256);

export const approvalParams = z.object({ id });
export const approvalQuery = z.strictObject({
  state: z.enum(["open", "all"]).optional().describe("open, if absent: what nobody has ended yet."),
  principal: name.optional().describe("Who asks."),
  server: name.optional(),
  target: z.string().min(1).max(1024).optional().describe("The tool, prompt or address."),
  limit: z.coerce.number().int().min(1).max(200).optional().describe("50 if absent."),
  cursor: id.optional().describe("`next` of the page before."),
});

/** One question to people, and what they did. */
export const approvalSchema = z
  .object({
    id: z.string(),
    at: instant,
    state: z.string().describe("`pending`, `approved`, `denied`, `used`, `expired`, `void`; more may come."),
    until: instant.describe("How long the state lasts if nobody acts."),
    principal: z.string(),
    key_made_by: z
      .array(z.string())
      .optional()
      .describe("Who made the key that was shown: they ask as well."),
    call: z.string().optional().describe("The call that asked, where it was one."),
    server: z.string(),
    method: z.string(),
    target: z.string(),
    args: z.record(z.string(), z.unknown()).describe("Redacted."),
    args_digest: z.string(),
    whole: z.boolean().describe("Nothing of the arguments was redacted."),
    rules: z.array(
      z.object({ rule: z.string(), why: z.string(), approvers: z.array(z.string()), quorum: z.int() }),
    ),
    missing: z
      .array(z.object({ rule: z.string(), more: z.int() }))
      .describe("How many more persons each rule wants."),
    acts: z.array(
      z.object({
        at: instant,
        by: z.string(),
        source: z.string().describe("How it is known who it was; `asserted`: who said so."),
        key_made_by: z
          .array(z.string())
          .optional()
          .describe("Who made their key, and the key that made it: those and they count once."),
        deed: z.string(),
        reason: z.string(),
        to: z.string().optional(),
      }),
    ),
    preview: z
      .object({ text: z.string(), digest: z.string() })
      .describe("What an approver should be shown, and its digest."),
  })
  .meta({ id: "Approval", title: "Approval" });
export const approvalPageSchema = z
  .object({ items: z.array(approvalSchema), next: z.string().nullable() })
  .meta({ title: "Approvals" });

const by = {
  approver: name
    .optional()
    .describe(
      "Who decides. On a gate without authentication it must be given; else it must be the credential's own.",
    ),
  reason: z.string().max(1000).optional(),
};
export const approveSchema = z
  .strictObject({
    ...by,
    preview: z
      .string()
      .optional()
      .describe("`preview.digest` of what the approver was shown: the approval holds for nothing else."),
    args: jsonObject
      .optional()
      .describe("Approves the call with these arguments in place of those that were asked about."),
  })
  .meta({ title: "Approve" });
export const denySchema = z.strictObject(by).meta({ title: "Deny" });
export const reviewSchema = z.strictObject(by).meta({ title: "Review" });
export const delegateSchema = z
  .strictObject({ ...by, to: name.describe("Who shall decide instead.") })
  .meta({ title: "Delegate" });

export type ApprovalView = z.output<typeof approvalSchema>;
export type ApprovalPage = z.output<typeof approvalPageSchema>;
export type Approve = z.input<typeof approveSchema>;
export type Deny = z.input<typeof denySchema>;
export type Review = z.input<typeof reviewSchema>;
export type Delegate = z.input<typeof delegateSchema>;
