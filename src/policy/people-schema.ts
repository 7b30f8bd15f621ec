import { z } from "zod";

/** Which people, and how they are asked. */
const people = {
  approvers: z
    .union([z.int().min(1).max(32), z.array(z.string().min(1).max(256)).min(1).max(32)])
    .describe(
      "Who may approve: ids of principals, or `role:NAME`; a number alone means that many holders of the role `approver`.",
    ),
  quorum: z.int().min(1).max(32).optional().describe("How many different persons must approve. Built in: 1."),
  within: z
    .string()
    .max(16)
    .optional()
    .describe("How long they have, and how long the call may then be made: `30m`, `1h`, `2d`. Built in: 1h."),
  notify: z
    .union([z.string().min(1).max(512), z.array(z.string().min(1).max(512)).min(1).max(16)])
    .optional()
    .describe(
      "Where they are told: `slack://ops-channel`, `teams://NAME`, `mailto:ADDRESS`, `https://…`, `log:`.",
    ),
  requester_may_approve: z
    .boolean()
    .optional()
    .describe("Whether who asks may be one of those who approve. Built in: false."),
};

/** `ask`. */
export const askSchema = z
  .strictObject({
    ...people,
    on_timeout: z
      .unknown()
      .refine((value) => value === undefined || value === "deny", {
        error:
          "only `deny` is possible: what nobody approved in time does not run, for an `allow` here would let it run unseen",
      })
      .optional()
      .meta({
        description: "What happens where too few answer in time. Only `deny`, which is built in.",
        const: "deny",
      }),
  })
  .describe("Which people must approve a call before it runs, once and exactly as it is.");

/** `access`. */
export const accessSchema = z
  .strictObject({
    ...people,
    for: z
      .string()
      .max(16)
      .optional()
      .describe("For how long it may be given at most: `2h`, `1d` (built in), up to 30d."),
    break_glass: z
      .boolean()
      .optional()
      .describe(
        "Whether it may be taken at once in an emergency, to be reviewed afterwards. Built in: false.",
      ),
  })
  .describe(
    "Which people may let somebody do what the rule matches, for a time. By itself it allows nothing.",
  );
