import { z } from "zod";
import { ACTIONS } from "../call/guard.ts";

const terms = {
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
const file = (about: string) => z.string().min(1).max(4096).describe(`${about}, relative to this file.`);

const trusted = z
  .strictObject({ kind: z.literal("module"), file: file("A module that exports `plugin`"), ...terms })
  .describe("A plugin that is trusted: it runs in the gate's own process, and can do what the gate can.");

const sandbox = z
  .strictObject({
    kind: z.literal("sandbox"),
    file: file("One file of JavaScript that exports `plugin`"),
    ...terms,
  })
  .describe("A plugin that is not trusted: it runs in QuickJS, with the texts it is shown and nothing else.");

/** One of `plugins`. */
export const pluginSchema = z
  .discriminatedUnion("kind", [trusted, sandbox], { error: "is one of module and sandbox" })
  .describe("A guard that is not built in.");

export type PluginEntry = z.output<typeof pluginSchema>;
