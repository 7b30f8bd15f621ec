import { z } from "zod";
import { ACTIONS, GUARD_NAMES, MASK_KINDS } from "../call/guard.ts";

/** `mask:` of a rule. */
export const maskSchema = z
  .strictObject({
    kinds: z
      .array(
        z.enum(MASK_KINDS, { error: `is one of ${MASK_KINDS.slice(0, 8).join(", ")}, …: docs/DETECTION.md` }),
      )
      .min(1)
      .max(MASK_KINDS.length)
      .describe("What is masked: `secret`, `email`, `phone`, `credit_card`, `ssn`, `iban`, …"),
    direction: z
      .enum(["both", "arguments", "results"])
      .optional()
      .describe("What goes to the server, what comes back, or both. Built in: both."),
  })
  .describe("Masks these kinds of data, whatever the profile makes of them.");

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
