import { z } from "zod";
import { ACTIONS } from "../call/guard.ts";

/** What can be said of every plugin. */
export const terms = {
  action: z
    .enum(["off", ...ACTIONS])
    .optional()
    .describe(
      "What findings of at least `threshold` lead to, within its tier; others are noted. Built in: the most that its tier allows.",
    ),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("The least score that leads to `action`. Built in: 0.5."),
  broken: z
    .enum(["stop", "pass"])
    .optional()
    .describe("What it means that it did not look. Built in: what the plugin itself declares."),
  timeout_ms: z
    .int()
    .min(1)
    .max(30_000)
    .optional()
    .describe("For all texts of one message. Built in: 250 in a sandbox, else 1000."),
};
