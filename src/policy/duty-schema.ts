import { z } from "zod";
import { ACTIONS, GUARD_NAMES, MASK_KINDS } from "../call/guard.ts";

/** `mask:` of a rule. */
export const maskSchema = z
  .strictObject({
    kinds: z
      .array(z.enum(MASK_KINDS))
      .min(1)
      .max(MASK_KINDS.length)
      .describe("What is masked: `secret`, `email`, `phone`, `credit_card`, `ssn`, `iban`, …"),
    direction: z
      .enum(["both", "arguments", "results"])
      .optional()
      .describe("What goes to the server, what comes back, or both. Built in: both."),
  })
  .describe("Masks these kinds of data, whatever the profile makes of them.");

/** `findings:` of a test: what guards would have found in the call. */
export const findingsSchema = z
  .array(
    z.strictObject({
      class: z.string().min(1).max(64).describe("`command_injection`, `secret`, `pii`, …"),
      guard: z.string().min(1).max(64).optional(),
      kind: z.string().min(1).max(64).optional(),
      severity: z.enum(["low", "medium", "high", "critical"]).optional().describe("Built in: high."),
      path: z.string().max(256).optional().describe("A JSON Pointer into the arguments."),
      action: z.enum(ACTIONS).optional().describe("Built in: warn."),
    }),
  )
  .max(64)
  .describe("What guards found in the call; tests run none.");

/** `guard:` of a rule. */
export const guardSchema = z
  .strictObject({
    names: z.array(z.enum(GUARD_NAMES)).min(1).max(GUARD_NAMES.length).describe("The guards that are meant."),
    action: z
      .enum(ACTIONS)
      .describe(
        "The most that their findings lead to in what matches: note, warn, mask or block. Of several rules the strictest holds.",
      ),
  })
  .describe("Has guards do less, or more, for what matches than the profile says.");
