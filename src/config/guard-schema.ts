import { z } from "zod";
import { GUARDIAN_NAMES, type GuardianName, meaning } from "./guardian-names.ts";
import { ACTIONS, GUARD_NAMES, MASK_KINDS, PROFILE_NAMES } from "../call/guard.ts";

export const profileSchema = z
  .enum([...PROFILE_NAMES, "none"])
  .describe(
    "Which guards look at what goes to servers and what comes back, and what findings lead to. Built in: standard, where a file is read; none where only `guards` are listed.",
  );

const shape = {
  action: z
    .enum(["off", ...ACTIONS])
    .optional()
    .describe(
      "What findings of at least `threshold` lead to; others are noted. Built in: as the profile has it.",
    ),
  threshold: z
    .number()
    .min(0)
    .max(1)
    .optional()
    .describe("The least score that leads to `action`. Built in: 0.5."),
  fields: z
    .array(z.string().min(1).max(256))
    .min(1)
    .max(100)
    .optional()
    .describe("Names of the only fields that it looks at, such as `command`."),
  broken: z
    .enum(["stop", "pass"])
    .optional()
    .describe("What it means that the guard could not look. Built in: stop."),
};

const guard = z.strictObject(shape).describe("How this guard differs from the profile.");

const patterns = z
  .strictObject({
    ...shape,
    blocked: z
      .array(z.string().min(1).max(1000))
      .min(1)
      .max(100)
      .optional()
      .describe(
        "Patterns (RE2) that no argument may have, in either case of letters, in place of the shipped list.",
      ),
  })
  .describe("What may not occur in arguments.");

const others = Object.fromEntries(
  GUARD_NAMES.filter((name) => name !== "patterns").map((name) => [name, guard.optional()]),
) as Record<Exclude<(typeof GUARD_NAMES)[number], "patterns">, z.ZodOptional<typeof guard>>;

/** What nobody can set anything of: it always runs, or nothing does. */
const fixed = z.strictObject({ action: z.literal("off").optional() });

const guardian = Object.fromEntries(
  Object.entries(GUARDIAN_NAMES).map(([name, stands]) => {
    const shape = stands.guards.length > 0 ? guard : fixed;
    return [name, shape.describe(`As MCP Guardian calls it: ${meaning(stands)}.`).optional()];
  }),
) as Record<GuardianName, z.ZodOptional<typeof guard>>;

/** `guards:` of a configuration. */
export const guardsSchema = z
  .strictObject({ ...others, patterns: patterns.optional(), ...guardian })
  .describe("Single guards: those that run where no profile is named, or how they differ from it.");

/** `entitled:` of a server. */
export const entitledSchema = z
  .array(z.enum(MASK_KINDS))
  .max(MASK_KINDS.length)
  .describe("Kinds of masked data that this server gets in plain.");
